// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// What a process remembers of the ids it gave.
final class RenewMemoryTests: XCTestCase {
  private func ids(_ count: Int) throws -> [SessionID] {
    try (0..<count).map { try XCTUnwrap(SessionID("id\($0)")) }
  }

  /// Gives a session an id.
  private func give(_ renewals: Renewals, _ incarnation: UInt64, at id: SessionID) {
    renewals.begin(incarnation)
    renewals.end(incarnation, at: id)
  }

  func testNothingIsKnownAtFirst() {
    let renewals = Renewals()
    for incarnation in [0, 1, UInt64.max] { XCTAssertNil(renewals.place(of: incarnation)?.id) }
  }

  func testSixtyFourAreKnown() throws {
    let (renewals, ids) = (Renewals(), try ids(64))
    for (index, id) in ids.enumerated() { give(renewals, UInt64(index), at: id) }
    for (index, id) in ids.enumerated() {
      XCTAssertEqual(renewals.place(of: UInt64(index))?.id, id)
    }
    XCTAssertNil(renewals.place(of: 64)?.id)
  }

  func testTheOldestGivesWay() throws {
    let (renewals, ids) = (Renewals(), try ids(200))
    for (index, id) in ids.enumerated() {
      give(renewals, UInt64(index), at: id)
      let known = (0...index).filter { renewals.place(of: UInt64($0))?.id != nil }
      XCTAssertEqual(known, Array(max(0, index - 63)...index))
    }
  }

  func testASessionHasTheIDThatItWasGivenLast() throws {
    let (renewals, ids) = (Renewals(), try ids(100))
    for id in ids { give(renewals, 7, at: id) }
    XCTAssertEqual(renewals.place(of: 7)?.id, ids[99])
    for index in 0..<63 { give(renewals, UInt64(100 + index), at: ids[index]) }
    XCTAssertEqual(renewals.place(of: 7)?.id, ids[99], "it took one place, not a hundred")
  }

  func testASessionRenewedAgainIsNotTheOldest() throws {
    let (renewals, ids) = (Renewals(), try ids(66))
    for index in 0..<64 { give(renewals, UInt64(index), at: ids[index]) }
    give(renewals, 0, at: ids[64])
    give(renewals, 64, at: ids[65])
    XCTAssertEqual(renewals.place(of: 0)?.id, ids[64], "renewed a moment ago")
    XCTAssertNil(renewals.place(of: 1)?.id)
  }

  func testASessionIsOnItsWayUntilItIsThere() throws {
    let (renewals, ids) = (Renewals(), try ids(2))
    renewals.begin(7)
    XCTAssertNil(renewals.place(of: 7)?.id)
    XCTAssertEqual(renewals.place(of: 7)?.isMoving, true)
    renewals.end(7, at: ids[0])
    XCTAssertEqual(renewals.place(of: 7)?.id, ids[0])
    XCTAssertEqual(renewals.place(of: 7)?.isMoving, false)
    renewals.begin(7)
    XCTAssertEqual(renewals.place(of: 7)?.id, ids[0])
    XCTAssertEqual(renewals.place(of: 7)?.isMoving, true)
  }

  func testAMoveThatFailedLeavesTheSessionWhereItWas() throws {
    let (renewals, ids) = (Renewals(), try ids(2))
    renewals.begin(7)
    renewals.end(7, at: nil)
    XCTAssertNil(renewals.place(of: 7))
    give(renewals, 7, at: ids[0])
    renewals.begin(7)
    renewals.end(7, at: nil)
    XCTAssertEqual(renewals.place(of: 7)?.id, ids[0])
    XCTAssertEqual(renewals.place(of: 7)?.isMoving, false)
  }

  func testOfTwoMovesAtOnceTheOneThatSucceedsCounts() throws {
    let (renewals, ids) = (Renewals(), try ids(2))
    renewals.begin(7)
    renewals.begin(7)
    renewals.end(7, at: ids[0])
    XCTAssertEqual(renewals.place(of: 7)?.isMoving, true)
    renewals.end(7, at: nil)
    XCTAssertEqual(renewals.place(of: 7)?.id, ids[0])
    XCTAssertEqual(renewals.place(of: 7)?.isMoving, false)
  }

  func testAMoveThatGaveWayToOthersEndsWell() throws {
    let (renewals, ids) = (Renewals(), try ids(100))
    renewals.begin(7)
    for index in 0..<64 { give(renewals, UInt64(100 + index), at: ids[index]) }
    XCTAssertNil(renewals.place(of: 7))
    renewals.end(7, at: ids[99])
    XCTAssertEqual(renewals.place(of: 7)?.id, ids[99])
    XCTAssertEqual(renewals.place(of: 7)?.isMoving, false)
    renewals.end(8, at: nil)
    XCTAssertNil(renewals.place(of: 8))
  }

  func testFailedMovesTakeNoPlace() throws {
    let (renewals, ids) = (Renewals(), try ids(64))
    for (index, id) in ids.enumerated() { give(renewals, UInt64(index), at: id) }
    for index in 0..<500 {
      renewals.begin(5)
      renewals.end(5, at: nil)
      XCTAssertNotNil(renewals.place(of: UInt64(index % 64)))
    }
  }

  func testACopyFromLongAgoIsGone() throws {
    try onEachStore { sessions, store in
      let old = try sessions.make()
      let (session, copy) = (try sessions.loaded(old), try sessions.loaded(old))
      try sessions.renew(session)
      for _ in 0..<64 { try sessions.renew(sessions.loaded(sessions.make())) }
      try copy.set("late", to: 1)
      assertError(.gone, try sessions.save(copy), store)
      XCTAssertFalse(try sessions.has(old), store)
      XCTAssertNil(try sessions.stored("late", of: XCTUnwrap(session.id)), store)
    }
  }
}
