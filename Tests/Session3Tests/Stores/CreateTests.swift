// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class CreateTests: XCTestCase {
  func testACreatedSessionHasAFreshID() throws {
    try onEachStore { sessions, store in
      let session = Session()
      try sessions.create(session)
      XCTAssertEqual(try XCTUnwrap(session.id).count, 22, store)
      XCTAssertFalse(session.isNew, store)
      XCTAssertTrue(try sessions.has(XCTUnwrap(session.id)), store)
    }
  }

  func testASessionIsCreatedUnderItsOwnID() throws {
    try onEachStore { sessions, store in
      for id in ["a", "-", "_", String(repeating: "z", count: 128)].compactMap({ SessionID($0) }) {
        try sessions.create(Session(id: id))
        XCTAssertNotNil(try sessions.load(id), store)
      }
      XCTAssertEqual(try sessions.allIDs().count, 4, store)
    }
  }

  func testWhatExistsIsNotCreated() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(["a": 1])
      let second = Session(id: id)
      try second.set("a", to: 2)
      assertError(.exists, try sessions.create(second), store)
      XCTAssertTrue(second.isNew && second.isChanged, store)
      XCTAssertEqual(try sessions.stored("a", of: id), 1, store)
      XCTAssertTrue(try sessions.delete(id), store)
      try sessions.create(second)
      XCTAssertEqual(try sessions.stored("a", of: id), 2, store)
    }
  }

  func testAStoredSessionIsNotCreatedAgain() throws {
    try onEachStore { sessions, store in
      let session = try sessions.loaded(sessions.make())
      assertError(.invalid, try sessions.create(session), store)
      let saved = Session(id: SessionID("a"))
      try sessions.save(saved)
      assertError(.invalid, try sessions.create(saved), store)
    }
  }

  func testACreationTakesTheStoresTime() throws {
    let clock = ManualClock(12_345)
    try onEachStore(StoreSettings(clock: clock.clock)) { sessions, store in
      let session = Session()
      try sessions.create(session)
      XCTAssertEqual(session.created, 12_345, store)
      XCTAssertEqual(session.accessed, 12_345, store)
      XCTAssertEqual(try sessions.loaded(XCTUnwrap(session.id)).created, 12_345, store)
    }
  }
}
