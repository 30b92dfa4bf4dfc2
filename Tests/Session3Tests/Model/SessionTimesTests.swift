// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class SessionTimesTests: XCTestCase {
  private func session(created: Int64, accessed: Int64) throws -> Session {
    let id = try SessionID.generate()
    let record = try Record.sealed(hex("80"), for: id, created: created, accessed: accessed)
    return Session(id: id, record: record)
  }

  func testANewSessionWasMadeAndUsedNow() throws {
    let before = StoreClock.system.now()
    let session = Session()
    XCTAssertTrue((before...StoreClock.system.now()).contains(session.created))
    XCTAssertEqual(session.accessed, session.created)
    XCTAssertFalse(session.isBirthGiven)
  }

  func testABirthThatIsGivenCounts() throws {
    let session = Session(id: nil, created: -5)
    XCTAssertEqual(session.created, -5)
    XCTAssertEqual(session.accessed, -5)
    XCTAssertTrue(session.isBirthGiven)
  }

  func testAnAccessBeforeTheCreationReadsAsThat() throws {
    XCTAssertEqual(try session(created: 10, accessed: 3).accessed, 10)
    XCTAssertEqual(try session(created: 10, accessed: 12).accessed, 12)
  }

  func testAgesAreNeverNegative() throws {
    let edges = [Int64.min, -1, 0, 1, 1_800_000_000_000_000, Int64.max]
    for created in edges {
      for accessed in edges {
        let session = try session(created: created, accessed: accessed)
        for now in edges {
          XCTAssertGreaterThanOrEqual(session.creationAge(now: now), .zero)
          XCTAssertGreaterThanOrEqual(session.accessAge(now: now), .zero)
          XCTAssertLessThanOrEqual(session.accessAge(now: now), session.creationAge(now: now))
        }
      }
    }
    let session = try session(created: 10, accessed: 12)
    XCTAssertEqual(session.creationAge(now: 15), .microseconds(5))
    XCTAssertEqual(session.accessAge(now: 15), .microseconds(3))
    XCTAssertGreaterThan(session.accessAge(), .seconds(86_400), "the present is long after 1970")
  }
}
