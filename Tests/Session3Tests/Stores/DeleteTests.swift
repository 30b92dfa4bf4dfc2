// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class DeleteTests: XCTestCase {
  func testADeletedSessionIsGone() throws {
    try onEachStore { sessions, store in
      let (id, other) = (try sessions.make(), try sessions.make())
      XCTAssertTrue(try sessions.delete(id), store)
      XCTAssertNil(try sessions.load(id), store)
      XCTAssertFalse(try sessions.has(id), store)
      XCTAssertEqual(try sessions.allIDs(), [other], store)
    }
  }

  func testWhatIsNotThereIsNotDeleted() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      XCTAssertTrue(try sessions.delete(id), store)
      XCTAssertFalse(try sessions.delete(id), store)
      XCTAssertFalse(try sessions.delete(SessionID.generate()), store)
    }
  }

  func testALogoutTakesNoHeedOfChanges() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      _ = try sessions.increment(id, "n")
      XCTAssertTrue(try sessions.delete(id), store)
    }
  }

  func testAnUnchangedSessionIsDeleted() throws {
    try onEachStore { sessions, store in
      let session = try sessions.loaded(sessions.make())
      XCTAssertTrue(try sessions.deleteUnchanged(session), store)
      XCTAssertFalse(try sessions.deleteUnchanged(session), store)
    }
  }

  func testASessionThatSomebodyChangedIsSpared() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      let session = try sessions.loaded(id)
      _ = try sessions.increment(id, "n")
      assertError(.conflict, try sessions.deleteUnchanged(session), store)
      XCTAssertEqual(try sessions.stored("n", of: id), 1, store)
    }
  }

  func testASessionMadeAgainIsSpared() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(["a": 1])
      let session = try sessions.loaded(id)
      XCTAssertTrue(try sessions.delete(id), store)
      let again = Session(id: id)
      try again.set("a", to: 1)
      try sessions.create(again)
      assertError(.conflict, try sessions.deleteUnchanged(session), store)
      XCTAssertTrue(try sessions.has(id), store)
    }
  }

  func testASessionThatWasNeverStoredIsNotDeleted() throws {
    try onEachStore { sessions, store in
      assertError(.invalid, try sessions.deleteUnchanged(Session(id: SessionID("a"))), store)
    }
  }
}
