// SPDX-License-Identifier: MIT
internal import CSession3System

/// Which sessions this process gave another id lately: a request that loaded one of them before
/// still finds it, and its changes are not lost.
///
/// Nobody is told the new id by this, since who comes with the old one may have planted it.
final class Renewals: @unchecked Sendable {
  /// Beyond so many the oldest gives way: far more than happen beside one request.
  static let maximum = 512

  /// Where a session is.
  struct Whereabouts {
    /// The id that it was given last; nil if it still has its first one.
    let id: SessionID?
    /// Whether it is being given another at the moment.
    let isMoving: Bool
  }

  private struct Entry {
    let incarnation: UInt64
    var id: SessionID?
    private var moves = 0
    /// In which process; one that was under way at a fork in another thread never ends in the child.
    private var depth: UInt64 = 0

    init(incarnation: UInt64) {
      self.incarnation = incarnation
    }

    var isMoving: Bool { moves > 0 && depth == system_fork_depth() }

    mutating func begin() {
      moves = isMoving ? moves + 1 : 1
      depth = system_fork_depth()
    }

    mutating func end() {
      if isMoving { moves -= 1 } else { moves = 0 }
    }
  }

  /// Nil where memory was short: then nothing is remembered.
  private let mutex = system_mutex_new()
  /// The oldest first.
  private var entries: [Entry] = []

  deinit {
    if let mutex { system_mutex_free(mutex) }
  }

  /// Notes that a session is about to be given another id: before its old name goes, or who comes
  /// between would find neither.
  func begin(_ incarnation: UInt64) {
    change(incarnation) { $0.begin() }
  }

  /// Notes that a session has another id now; nil if it was not given one after all.
  func end(_ incarnation: UInt64, at id: SessionID?) {
    change(incarnation) {
      $0.end()
      if let id { $0.id = id }
    }
  }

  private func change(_ incarnation: UInt64, _ body: (inout Entry) -> Void) {
    guard let mutex else { return }
    system_mutex_lock(mutex)
    defer { system_mutex_unlock(mutex) }
    var entry = Entry(incarnation: incarnation)
    if let known = entries.firstIndex(where: { $0.incarnation == incarnation }) {
      entry = entries.remove(at: known)
    }
    body(&entry)
    guard entry.id != nil || entry.isMoving else { return }
    if entries.count >= Self.maximum { entries.removeFirst() }
    entries.append(entry)
  }

  /// Where a session is; nil if it was given no other id, or that was long ago.
  func whereabouts(of incarnation: UInt64) -> Whereabouts? {
    guard let mutex else { return nil }
    system_mutex_lock(mutex)
    defer { system_mutex_unlock(mutex) }
    guard let entry = entries.first(where: { $0.incarnation == incarnation }) else { return nil }
    return Whereabouts(id: entry.id, isMoving: entry.isMoving)
  }
}
