// SPDX-License-Identifier: MIT

/// What a sweep did.
public struct SweepResult: Equatable, Sendable {
  /// Sessions that were removed.
  public var deleted: UInt64 = 0
  /// Sessions that remain.
  public var remaining: UInt64 = 0
}

/// How old a session is to a sweep, whatever the clocks did.
enum SweepAge {
  /// How far ahead of the clock a time may be, in microseconds, before it is taken for a clock's
  /// mistake: a session from the future would never get old.
  static let clockTolerance: Int64 = 60_000_000

  /// Whether a time is so far ahead of the clock that it was a mistake.
  static func isMistaken(_ time: Int64, now: Int64) -> Bool {
    age(from: now, to: time) > clockTolerance
  }

  /// Microseconds since the last use; a creation counts as one.
  static func idle(accessed: Int64, created: Int64, now: Int64) -> Int64 {
    let last = isMistaken(created, now: now) ? accessed : max(accessed, created)
    return age(from: last, to: now)
  }
}
