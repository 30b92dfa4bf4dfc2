// SPDX-License-Identifier: MIT
import CSession3System
import XCTest

@testable import Session3

final class LockWaitTests: XCTestCase {
  func testWithoutADeadlineThereIsNoWait() {
    var wait = LockWait(deadline: nil)
    XCTAssertFalse(wait.next())
  }

  func testADeadlineInThePastLeavesThreeYields() {
    for deadline in [Int64.min, 0, LockWait.deadline(after: 0)] {
      var wait = LockWait(deadline: deadline)
      XCTAssertEqual((0..<5).map { _ in wait.next() }, [true, true, true, false, false])
    }
  }

  func testAWaitEndsAtItsDeadline() {
    let deadline = system_monotonic_us() + 3_000
    var wait = LockWait(deadline: deadline)
    while wait.next() {}
    XCTAssertGreaterThanOrEqual(system_monotonic_us(), deadline)
  }

  func testTheFarthestDeadlineIsWaitedForWithoutOverflow() {
    var wait = LockWait(deadline: Int64.max)
    for _ in 0..<10 { XCTAssertTrue(wait.next()) }
  }

  func testADeadlineIsATimeoutFromNow() throws {
    XCTAssertNil(LockWait.deadline(after: -1))
    XCTAssertNil(LockWait.deadline(after: Int64.min))
    XCTAssertEqual(LockWait.deadline(after: Int64.max), Int64.max)
    let before = system_monotonic_us()
    let deadline = try XCTUnwrap(LockWait.deadline(after: 1_000))
    XCTAssertTrue((before + 1_000...system_monotonic_us() + 1_000).contains(deadline))
  }
}
