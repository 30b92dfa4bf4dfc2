// SPDX-License-Identifier: MIT
internal import CSession3System

/// Which sessions this process gave another id lately: a request that loaded one of them before
/// still finds it, and its changes are not lost.
///
/// Nobody is told the new id by this, since who comes with the old one may have planted it.
final class Renewals: @unchecked Sendable {
  /// Requests that are under way at one time are few; the oldest renewal gives way.
  private static let maximum = 64

  private struct Entry {
    let incarnation: UInt64
    let id: SessionID
  }

  /// Nil where memory was short: then nothing is remembered.
  private let mutex = system_mutex_new()
  /// The oldest first.
  private var entries: [Entry] = []

  deinit {
    if let mutex { system_mutex_free(mutex) }
  }

  /// Remembers the id that a session was given.
  func note(_ incarnation: UInt64, _ id: SessionID) {
    guard let mutex else { return }
    let entry = Entry(incarnation: incarnation, id: id)
    system_mutex_lock(mutex)
    defer { system_mutex_unlock(mutex) }
    if let known = entries.firstIndex(where: { $0.incarnation == incarnation }) {
      entries.remove(at: known)
    } else if entries.count == Self.maximum {
      entries.removeFirst()
    }
    entries.append(entry)
  }

  /// The id that a session was given last; nil if it was not, or that was long ago.
  func id(of incarnation: UInt64) -> SessionID? {
    guard let mutex else { return nil }
    system_mutex_lock(mutex)
    defer { system_mutex_unlock(mutex) }
    return entries.first { $0.incarnation == incarnation }?.id
  }
}
