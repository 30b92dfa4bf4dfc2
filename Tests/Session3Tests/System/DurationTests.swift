// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Durations become whole microseconds, whatever they are.
final class DurationTests: XCTestCase {
  func testMicrosecondsComeBack() {
    for time in [Int64.min, -1_000_001, -1, 0, 1, 999_999, 1_000_000, Int64.max - 1, Int64.max] {
      XCTAssertEqual(Duration.microseconds(time).inMicroseconds, time)
    }
  }

  func testAFractionIsRoundedDown() {
    XCTAssertEqual(Duration.nanoseconds(1_999).inMicroseconds, 1)
    XCTAssertEqual(Duration.nanoseconds(-1).inMicroseconds, -1, "what is negative stays so")
    XCTAssertEqual(Duration.nanoseconds(-1_000_001_000).inMicroseconds, -1_000_001)
    XCTAssertEqual(Duration.nanoseconds(-1_000_001_001).inMicroseconds, -1_000_002)
  }

  func testWhatNoNumberHoldsIsTheFarthest() {
    XCTAssertEqual((Duration.seconds(Int64.max) * 10).inMicroseconds, Int64.max)
    XCTAssertEqual((Duration.seconds(Int64.max) * -10).inMicroseconds, Int64.min)
  }

  func testAPolicyAndAStoreAnswerWhatTheyWereTold() throws {
    var policy = ManagerPolicy()
    XCTAssertNil(policy.idleTimeout)
    XCTAssertNil(policy.lifetime)
    XCTAssertNil(policy.accessResolution)
    XCTAssertEqual(policy.persistentTimeout, .seconds(30 * 86_400))
    policy.idleTimeout = .milliseconds(1_500)
    policy.lifetime = .seconds(2)
    policy.persistentTimeout = .seconds(3)
    policy.accessResolution = .zero
    XCTAssertEqual(policy.limits.idle, 1_500_000)
    XCTAssertEqual(policy.idleTimeout, .milliseconds(1_500))
    XCTAssertEqual(policy.lifetime, .seconds(2))
    XCTAssertEqual(policy.persistentTimeout, .seconds(3))
    XCTAssertEqual(policy.accessResolution, .zero)
    policy.idleTimeout = nil
    XCTAssertNil(policy.limits.idle)
    var options = DirectorySessionStore.Options()
    XCTAssertEqual(options.lockTimeout, .seconds(5))
    options.lockTimeout = .milliseconds(2)
    XCTAssertEqual(options.lockPatience, 2_000)
    let sessions = SessionRepository(try memoryStore(), accessResolution: .seconds(7))
    XCTAssertEqual(sessions.accessResolution, .seconds(7))
    XCTAssertEqual(SessionRepository(try memoryStore()).accessResolution, .seconds(1))
  }
}
