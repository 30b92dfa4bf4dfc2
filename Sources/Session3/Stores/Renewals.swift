// SPDX-License-Identifier: MIT
internal import CSession3System

/// Which sessions this process gave another id lately: a request that loaded one of them before
/// still finds it, and its changes are not lost.
///
/// Nobody is told the new id by this, since who comes with the old one may have planted it.
final class Renewals: @unchecked Sendable {
  /// Requests that are under way at one time are few; the oldest renewal gives way.
  private static let maximum = 64

  /// Where a session is.
  struct Place {
    let id: SessionID
    /// False while the session is on its way there, and perhaps not there yet.
    let isSettled: Bool
  }

  private struct Entry {
    let incarnation: UInt64
    var place: Place
  }

  /// Nil where memory was short: then nothing is remembered.
  private let mutex = system_mutex_new()
  /// The oldest first.
  private var entries: [Entry] = []

  deinit {
    if let mutex { system_mutex_free(mutex) }
  }

  /// Notes that a session is on its way to an id; before its old name goes, or who comes between
  /// would find neither.
  func begin(_ incarnation: UInt64, to id: SessionID) {
    put(incarnation, Place(id: id, isSettled: false)) { _ in true }
  }

  /// Notes that a session is there.
  func settle(_ incarnation: UInt64, at id: SessionID) {
    put(incarnation, Place(id: id, isSettled: true)) { _ in true }
  }

  /// Notes that a session did not leave its id, unless somebody else moved it meanwhile.
  func cancel(_ incarnation: UInt64, to id: SessionID, from old: SessionID) {
    put(incarnation, Place(id: old, isSettled: true)) { $0.id == id }
  }

  private func put(_ incarnation: UInt64, _ place: Place, if isMeant: (Place) -> Bool) {
    guard let mutex else { return }
    system_mutex_lock(mutex)
    defer { system_mutex_unlock(mutex) }
    if let known = entries.firstIndex(where: { $0.incarnation == incarnation }) {
      guard isMeant(entries[known].place) else { return }
      entries.remove(at: known)
    } else if entries.count == Self.maximum {
      entries.removeFirst()
    }
    entries.append(Entry(incarnation: incarnation, place: place))
  }

  /// Where a session is; nil if it was given no other id, or that was long ago.
  func place(of incarnation: UInt64) -> Place? {
    guard let mutex else { return nil }
    system_mutex_lock(mutex)
    defer { system_mutex_unlock(mutex) }
    return entries.first { $0.incarnation == incarnation }?.place
  }
}
