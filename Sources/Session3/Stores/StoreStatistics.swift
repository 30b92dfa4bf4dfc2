// SPDX-License-Identifier: MIT

/// What happened in a store since it was opened. The numbers only grow; each is exact once the calls
/// that it counts have returned.
public struct StoreStatistics: Equatable, Sendable {
  /// Sessions asked for by loads, iterators and managers: hits, misses, and what could not be read.
  public var loads: UInt64 = 0
  /// Loads that found a session.
  public var hits: UInt64 = 0
  /// Loads that found none.
  public var misses: UInt64 = 0
  /// New sessions that were stored.
  public var creates: UInt64 = 0
  /// Sessions that were stored again by a save.
  public var saves: UInt64 = 0
  /// Saves that had nothing to store.
  public var unchanged: UInt64 = 0
  /// Increments, and form tokens that were consumed.
  public var updates: UInt64 = 0
  /// Sessions that were given a new id.
  public var renewals: UInt64 = 0
  /// Sessions that were deleted, but for sweeps.
  public var deletes: UInt64 = 0
  /// Access times that were set.
  public var touches: UInt64 = 0
  /// Sweeps that were made.
  public var sweeps: UInt64 = 0
  /// Sessions that sweeps deleted.
  public var swept: UInt64 = 0
  /// Files of killed processes that sweeps removed.
  public var leftovers: UInt64 = 0
  /// How often a save found that somebody else had saved the session since it was loaded.
  public var conflicts: UInt64 = 0
  /// How often it then merged.
  public var merges: UInt64 = 0
  /// Calls that failed with `.gone`.
  public var gone: UInt64 = 0
  /// Calls that failed with `.corrupt` or `.format`.
  public var corrupt: UInt64 = 0
  /// Calls that failed with `.busy`.
  public var busy: UInt64 = 0
  /// Calls that failed with `.tooLarge`.
  public var tooLarge: UInt64 = 0
  /// Calls that failed with `.io`, `.noMemory`, `.callback` or a host's own status.
  public var failures: UInt64 = 0
  /// Locks that somebody else held when they were asked for.
  public var lockWaits: UInt64 = 0
  /// How long they were waited for in all, in microseconds.
  public var lockWaitTime: UInt64 = 0
  /// How long one was waited for at most, in microseconds.
  public var longestLockWait: UInt64 = 0
  /// Of sessions that were loaded: payloads, with 32 bytes each.
  public var bytesRead: UInt64 = 0
  /// Of sessions that were stored, likewise.
  public var bytesWritten: UInt64 = 0
  /// Messages for the log beyond its rate.
  public var messagesLeftOut: UInt64 = 0

  /// All numbers 0.
  public init() {}
}
