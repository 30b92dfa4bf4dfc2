// SPDX-License-Identifier: MIT
internal import CSession3System

/// Where a store takes the time from.
public struct StoreClock: Sendable {
  private let read: (@Sendable () -> Int64)?

  /// The system's CLOCK_REALTIME, clock_gettime(2).
  public static let system = StoreClock(read: nil)

  /// A clock of the host's own, for tests and simulations.
  /// - Parameter now: answers microseconds since 1970 UTC; called from any thread.
  public init(now: @escaping @Sendable () -> Int64) {
    self.init(read: now)
  }

  private init(read: (@Sendable () -> Int64)?) {
    self.read = read
  }

  /// Whether the time is not the kernel's, so that files can't be left to be stamped by it.
  var isInjected: Bool { read != nil }

  /// The present.
  /// - Returns: microseconds since 1970 UTC.
  public func now() -> Int64 {
    if let read { return read() }
    return system_realtime_us()
  }
}

/// The moment `duration` after another; the end of time where there is none.
func moment(_ duration: Int64, after time: Int64) -> Int64 {
  let (sum, overflow) = time.addingReportingOverflow(duration)
  guard overflow else { return sum }
  return duration > 0 ? Int64.max : Int64.min
}

/// The time between two moments, never negative, whatever the clocks said.
func age(from past: Int64, to now: Int64) -> Int64 {
  let (difference, overflow) = now.subtractingReportingOverflow(past)
  if overflow { return now > past ? Int64.max : 0 }
  return max(0, difference)
}
