// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A logout stays, and a save reaches no session but the one that was loaded.
final class ResurrectionTests: XCTestCase {
  private static let policies: [SavePolicy] = [.merge, .overwrite, .fail]

  private func remade(_ id: SessionID, in sessions: SessionRepository) throws {
    XCTAssertTrue(try sessions.delete(id))
    let again = Session(id: id)
    try again.set("again", to: 1)
    try sessions.create(again)
  }

  func testASaveAfterADeleteDoesNotResurrect() throws {
    try onEachStore { sessions, store in
      for policy in Self.policies {
        let session = try sessions.loaded(sessions.make())
        let id = try XCTUnwrap(session.id)
        try session.set("a", to: 1)
        XCTAssertTrue(try sessions.delete(id), store)
        assertError(.gone, try sessions.save(session, policy: policy), store)
        XCTAssertNil(try sessions.load(id), store)
        XCTAssertTrue(session.isChanged, store)
      }
    }
  }

  func testAnUnchangedSessionFindsOutThatItIsGone() throws {
    for resolution in [Int64(1_000_000), -1] {
      try onEachStore(StoreSettings(accessResolution: resolution)) { sessions, store in
        let session = try sessions.loaded(sessions.make())
        XCTAssertTrue(try sessions.delete(XCTUnwrap(session.id)), store)
        assertError(.gone, try sessions.save(session), store)
        XCTAssertEqual(try sessions.allIDs(), [], store)
      }
    }
  }

  func testAFlagBringsASessionBack() throws {
    try onEachStore { sessions, store in
      for conflict in [SavePolicy.Conflict.merge, .overwrite, .fail] {
        for isChanged in [true, false] {
          let id = try sessions.make(["a": 1])
          let session = try sessions.loaded(id)
          let before = try XCTUnwrap(sessions.store.read(id)).version
          if isChanged { try session.set("a", to: 2) }
          XCTAssertTrue(try sessions.delete(id), store)
          try sessions.save(session, policy: SavePolicy(conflict, resurrects: true))
          XCTAssertEqual(try sessions.stored("a", of: id), isChanged ? 2 : 1, store)
          let after = try XCTUnwrap(sessions.store.read(id)).version
          XCTAssertNotEqual(after.incarnation, before.incarnation, store)
          XCTAssertFalse(session.isChanged, store)
        }
      }
    }
  }

  func testASessionMadeAgainIsAnother() throws {
    try onEachStore { sessions, store in
      for policy in Self.policies {
        let id = try sessions.make(["a": 1])
        let session = try sessions.loaded(id)
        try remade(id, in: sessions)
        try session.set("a", to: 2)
        assertError(.gone, try sessions.save(session, policy: policy), store)
        XCTAssertEqual(try sessions.loaded(id).attributes, [.init("again", 1)], store)
      }
    }
  }

  func testAnUnchangedSessionWritesNothingIntoTheOneMadeAgain() throws {
    for resolution in [Int64(1_000_000), -1] {
      try onEachStore(StoreSettings(accessResolution: resolution)) { sessions, store in
        let id = try sessions.make(["a": 1])
        let session = try sessions.loaded(id)
        try remade(id, in: sessions)
        let version = try XCTUnwrap(sessions.store.read(id)).version
        try sessions.save(session)
        XCTAssertEqual(try XCTUnwrap(sessions.store.read(id)).version, version, store)
        try session.set("a", to: 2)
        assertError(.gone, try sessions.save(session), "\(store): the next change finds out")
      }
    }
  }

  func testEqualContentMakesNoSameSession() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(["again": 1])
      let session = try sessions.loaded(id)
      try remade(id, in: sessions)
      try session.set("again", to: 2)
      assertError(.gone, try sessions.save(session), store)
      XCTAssertEqual(try sessions.stored("again", of: id), 1, store)
    }
  }

  func testAReplacedSessionIsAnother() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(["a": 1])
      let session = try sessions.loaded(id)
      try sessions.save(Session(id: id))
      try session.set("a", to: 2)
      assertError(.gone, try sessions.save(session), store)
      XCTAssertEqual(try sessions.loaded(id).attributes, [], store)
    }
  }

  func testTheFlagReplacesASessionThatWasMadeAgain() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(["a": 1])
      let session = try sessions.loaded(id)
      try remade(id, in: sessions)
      let other = try sessions.loaded(id)
      try session.set("a", to: 2)
      try sessions.save(session, policy: SavePolicy(.merge, resurrects: true))
      XCTAssertEqual(try sessions.loaded(id).attributes, [.init("a", 2)], store)
      try other.set("again", to: 2)
      assertError(.gone, try sessions.save(other), store)
    }
  }
}
