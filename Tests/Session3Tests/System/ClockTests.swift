// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class ClockTests: XCTestCase {
  func testAnAgeIsNeverNegativeAndNeverOverflows() {
    let cases: [(past: Int64, now: Int64, age: Int64)] = [
      (0, 0, 0), (1, 3, 2), (3, 1, 0), (-3, -1, 2), (-1, 1, 2),
      (Int64.min, Int64.max, Int64.max), (Int64.max, Int64.min, 0), (Int64.min, -1, Int64.max),
      (Int64.min, 0, Int64.max), (0, Int64.min, 0), (Int64.min, Int64.min, 0),
    ]
    for (past, now, expected) in cases {
      XCTAssertEqual(age(from: past, to: now), expected, "from \(past) to \(now)")
    }
  }

  func testTheSystemsClockIsNotInjected() {
    XCTAssertFalse(StoreClock.system.isInjected)
    XCTAssertGreaterThan(StoreClock.system.now(), 1_600_000_000_000_000)
  }

  func testAnInjectedClockIsAsked() {
    let clock = ManualClock(5)
    XCTAssertTrue(clock.clock.isInjected)
    XCTAssertEqual(clock.clock.now(), 5)
    clock.now = -7
    XCTAssertEqual(clock.clock.now(), -7)
  }
}
