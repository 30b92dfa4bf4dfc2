// SPDX-License-Identifier: MIT
import CSession3System
import XCTest

@testable import Session3

final class LockWaitTests: XCTestCase {
  func testANegativeTimeIsNotWaitedForAtAll() {
    for timeout in [-1, Int64.min] {
      var wait = LockWait(upTo: timeout)
      XCTAssertFalse(wait.next())
    }
  }

  func testNoTimeLeavesThreeYields() {
    var wait = LockWait(upTo: 0)
    XCTAssertEqual((0..<5).map { _ in wait.next() }, [true, true, true, false, false])
  }

  func testTheTimeBeginsWithTheFirstWait() {
    var wait = LockWait(upTo: 3_000)
    system_sleep_us(4_000)
    let start = system_monotonic_us()
    while wait.next() {}
    XCTAssertGreaterThanOrEqual(system_monotonic_us() - start, 3_000)
  }

  func testTheLongestTimeIsWaitedForWithoutOverflow() {
    var wait = LockWait(upTo: Int64.max)
    for _ in 0..<10 { XCTAssertTrue(wait.next()) }
  }
}
