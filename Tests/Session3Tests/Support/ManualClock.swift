// SPDX-License-Identifier: MIT
import Synchronization

@testable import Session3

/// A clock that stands still until it is told otherwise.
final class ManualClock: Sendable {
  private let time: Atomic<Int64>

  static let second: Int64 = 1_000_000
  static let minute = 60 * second
  static let hour = 60 * minute
  static let year = 8_766 * hour

  /// - Parameter time: in microseconds since 1970 UTC.
  init(_ time: Int64 = 1_800_000_000_000_000) {
    self.time = Atomic(time)
  }

  var now: Int64 {
    get { time.load(ordering: .relaxed) }
    set { time.store(newValue, ordering: .relaxed) }
  }

  /// What a store takes.
  var clock: StoreClock { StoreClock { [self] in now } }
}
