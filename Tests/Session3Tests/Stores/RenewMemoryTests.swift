// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// What a process remembers of the ids it gave.
final class RenewMemoryTests: XCTestCase {
  private let maximum = Renewals.maximum

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
    for incarnation in [0, 1, UInt64.max] {
      XCTAssertNil(renewals.whereabouts(of: incarnation))
    }
  }

  func testManyAreKnown() throws {
    let (renewals, ids) = (Renewals(), try ids(maximum))
    for (index, id) in ids.enumerated() { give(renewals, UInt64(index), at: id) }
    for (index, id) in ids.enumerated() {
      XCTAssertEqual(renewals.whereabouts(of: UInt64(index))?.id, id)
    }
    XCTAssertNil(renewals.whereabouts(of: UInt64(maximum))?.id)
  }

  func testTheOldestGivesWay() throws {
    let (renewals, ids) = (Renewals(), try ids(maximum + 100))
    for (index, id) in ids.enumerated() { give(renewals, UInt64(index), at: id) }
    let known = ids.indices.filter { renewals.whereabouts(of: UInt64($0))?.id != nil }
    XCTAssertEqual(known, Array(100..<maximum + 100))
  }

  func testASessionHasTheIDThatItWasGivenLast() throws {
    let (renewals, ids) = (Renewals(), try ids(maximum))
    for id in ids { give(renewals, 7, at: id) }
    XCTAssertEqual(renewals.whereabouts(of: 7)?.id, ids.last)
    for index in 1..<maximum { give(renewals, UInt64(100 + index), at: ids[index]) }
    XCTAssertEqual(renewals.whereabouts(of: 7)?.id, ids.last, "it took one place, not a hundred")
  }

  func testASessionRenewedAgainIsNotTheOldest() throws {
    let (renewals, ids) = (Renewals(), try ids(maximum + 2))
    for index in 0..<maximum { give(renewals, UInt64(index), at: ids[index]) }
    give(renewals, 0, at: ids[maximum])
    give(renewals, UInt64(maximum), at: ids[maximum + 1])
    XCTAssertEqual(renewals.whereabouts(of: 0)?.id, ids[maximum], "renewed a moment ago")
    XCTAssertNil(renewals.whereabouts(of: 1)?.id)
  }

  func testASessionIsOnItsWayUntilItIsThere() throws {
    let (renewals, ids) = (Renewals(), try ids(2))
    renewals.begin(7)
    XCTAssertNil(renewals.whereabouts(of: 7)?.id)
    XCTAssertEqual(renewals.whereabouts(of: 7)?.isMoving, true)
    renewals.end(7, at: ids[0])
    XCTAssertEqual(renewals.whereabouts(of: 7)?.id, ids[0])
    XCTAssertEqual(renewals.whereabouts(of: 7)?.isMoving, false)
    renewals.begin(7)
    XCTAssertEqual(renewals.whereabouts(of: 7)?.id, ids[0])
    XCTAssertEqual(renewals.whereabouts(of: 7)?.isMoving, true)
  }

  func testAMoveThatFailedLeavesTheSessionWhereItWas() throws {
    let (renewals, ids) = (Renewals(), try ids(2))
    renewals.begin(7)
    renewals.end(7, at: nil)
    XCTAssertNil(renewals.whereabouts(of: 7))
    give(renewals, 7, at: ids[0])
    renewals.begin(7)
    renewals.end(7, at: nil)
    XCTAssertEqual(renewals.whereabouts(of: 7)?.id, ids[0])
    XCTAssertEqual(renewals.whereabouts(of: 7)?.isMoving, false)
  }

  func testOfTwoMovesAtOnceTheOneThatSucceedsCounts() throws {
    let (renewals, ids) = (Renewals(), try ids(2))
    renewals.begin(7)
    renewals.begin(7)
    renewals.end(7, at: ids[0])
    XCTAssertEqual(renewals.whereabouts(of: 7)?.isMoving, true)
    renewals.end(7, at: nil)
    XCTAssertEqual(renewals.whereabouts(of: 7)?.id, ids[0])
    XCTAssertEqual(renewals.whereabouts(of: 7)?.isMoving, false)
  }

  func testAMoveThatGaveWayToOthersEndsWell() throws {
    let (renewals, ids) = (Renewals(), try ids(maximum))
    renewals.begin(7)
    for (index, id) in ids.enumerated() { give(renewals, UInt64(100 + index), at: id) }
    XCTAssertNil(renewals.whereabouts(of: 7))
    renewals.end(7, at: ids[0])
    XCTAssertEqual(renewals.whereabouts(of: 7)?.id, ids[0])
    XCTAssertEqual(renewals.whereabouts(of: 7)?.isMoving, false)
    renewals.end(8, at: nil)
    XCTAssertNil(renewals.whereabouts(of: 8))
  }

  func testFailedMovesTakeNoPlace() throws {
    let (renewals, ids) = (Renewals(), try ids(maximum))
    for (index, id) in ids.enumerated() { give(renewals, UInt64(index), at: id) }
    for index in 0..<500 {
      renewals.begin(5)
      renewals.end(5, at: nil)
      XCTAssertNotNil(renewals.whereabouts(of: UInt64(index % maximum)))
    }
  }

  func testACopyFromLongAgoIsGone() throws {
    try onEachStore { sessions, store in
      let old = try sessions.make()
      let (session, copy) = (try sessions.loaded(old), try sessions.loaded(old))
      try sessions.renew(session)
      for _ in 0..<maximum { try sessions.renew(sessions.loaded(sessions.make())) }
      try copy.set("late", to: 1)
      assertError(.gone, try sessions.save(copy), store)
      XCTAssertFalse(try sessions.has(old), store)
      XCTAssertNil(try sessions.stored("late", of: XCTUnwrap(session.id)), store)
    }
  }
}
