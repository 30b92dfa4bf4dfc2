// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A session under a new id is the same session, and its old id stands for nothing.
final class RenewTests: XCTestCase {
  func testTheContentStaysAndTheOldIDDies() throws {
    try onEachStore { sessions, store in
      let old = try sessions.make(["a": 1, "b": ["c": "d"]], user: "ada")
      let session = try sessions.loaded(old)
      let before = session.payloadBytes
      try sessions.renew(session)
      let new = try XCTUnwrap(session.id)
      XCTAssertNotEqual(new, old, store)
      XCTAssertEqual(new.count, 22, "\(store): as random as any")
      XCTAssertEqual(try sessions.loaded(new).payloadBytes, before, store)
      XCTAssertNil(try sessions.load(old), store)
      XCTAssertFalse(try sessions.has(old), store)
      XCTAssertEqual(try sessions.allIDs(), [new], store)
    }
  }

  func testItIsTheSameSession() throws {
    let clock = ManualClock()
    try onEachStore(StoreSettings(clock: clock.clock)) { sessions, store in
      let old = try sessions.make()
      let before = try XCTUnwrap(sessions.store.read(old))
      clock.now += ManualClock.hour
      let session = try sessions.loaded(old)
      try sessions.renew(session)
      let after = try XCTUnwrap(sessions.store.read(XCTUnwrap(session.id)))
      XCTAssertEqual(after.version.incarnation, before.version.incarnation, store)
      XCTAssertEqual(after.version.revision, before.version.revision + 1, store)
      XCTAssertEqual(after.created, before.created, store)
      XCTAssertEqual(after.accessed, clock.now, store)
    }
  }

  func testWhatWasChangedIsSavedWithIt() throws {
    try onEachStore { sessions, store in
      let session = try sessions.loaded(sessions.make(["a": 1]))
      try session.set("b", to: 2)
      try sessions.renew(session)
      XCTAssertFalse(session.isChanged, store)
      let new = try XCTUnwrap(session.id)
      XCTAssertEqual(try sessions.loaded(new).attributes, [.init("a", 1), .init("b", 2)], store)
      try session.set("c", to: 3)
      try sessions.save(session)
      XCTAssertEqual(try sessions.stored("c", of: new), 3, store)
    }
  }

  func testASessionMayBeRenewedAgainAndAgain() throws {
    try onEachStore { sessions, store in
      let session = try sessions.loaded(sessions.make())
      var ids: Set<SessionID> = []
      for round in 0..<20 {
        try session.set("n", to: .int(Int64(round)))
        try sessions.renew(session)
        try ids.insert(XCTUnwrap(session.id))
      }
      XCTAssertEqual(ids.count, 20, store)
      XCTAssertEqual(try sessions.allIDs().count, 1, store)
      XCTAssertEqual(try sessions.stored("n", of: XCTUnwrap(session.id)), 19, store)
    }
  }

  func testASessionThatNoStoreKnowsHasNoIDToRenew() throws {
    try onEachStore { sessions, store in
      assertError(.invalid, try sessions.renew(Session()), store)
      assertError(.invalid, try sessions.renew(Session(id: SessionID("mine"))), store)
      XCTAssertEqual(try sessions.allIDs(), [], store)
    }
  }

  // MARK: Somebody else was there

  func testASaveInBetweenIsMerged() throws {
    try onEachStore { sessions, store in
      let session = try sessions.loaded(sessions.make(["both": 0]))
      let other = try sessions.loaded(XCTUnwrap(session.id))
      try other.set("theirs", to: 1)
      try other.set("both", to: 1)
      try sessions.save(other)
      try session.set("ours", to: 2)
      try session.set("both", to: 2)
      try sessions.renew(session)
      let expected: Value = ["both": 2, "ours": 2, "theirs": 1]
      XCTAssertEqual(.map(try sessions.loaded(XCTUnwrap(session.id)).attributes), expected, store)
      XCTAssertEqual(.map(try session.attributes), expected, "\(store): it holds what is stored")
    }
  }

  func testOverwriteDropsASaveInBetween() throws {
    try onEachStore { sessions, store in
      let session = try sessions.loaded(sessions.make())
      _ = try sessions.increment(XCTUnwrap(session.id), "theirs")
      try session.set("ours", to: 2)
      try sessions.renew(session, policy: .overwrite)
      let new = try XCTUnwrap(session.id)
      XCTAssertEqual(try sessions.loaded(new).attributes, [.init("ours", 2)], store)
    }
  }

  func testFailLeavesAllAsItWas() throws {
    try onEachStore { sessions, store in
      let session = try sessions.loaded(sessions.make())
      let old = try XCTUnwrap(session.id)
      _ = try sessions.increment(old, "theirs")
      try session.set("ours", to: 2)
      let before = session.payloadBytes
      assertError(.conflict, try sessions.renew(session, policy: .fail), store)
      XCTAssertEqual(session.id, old, store)
      XCTAssertEqual(session.payloadBytes, before, store)
      XCTAssertTrue(session.isChanged, store)
      XCTAssertEqual(try sessions.allIDs(), [old], store)
      XCTAssertEqual(try sessions.loaded(old).attributes, [.init("theirs", 1)], store)
      try sessions.renew(session, policy: .merge)
      XCTAssertEqual(try sessions.stored("theirs", of: XCTUnwrap(session.id)), 1, store)
    }
  }

  func testTheRepositorysPolicyIsTheDefault() throws {
    try onEachStore(StoreSettings(policy: .fail)) { sessions, store in
      let session = try sessions.loaded(sessions.make())
      _ = try sessions.increment(XCTUnwrap(session.id), "theirs")
      assertError(.conflict, try sessions.renew(session), store)
    }
  }

  func testADeletedSessionDoesNotComeBackUnderANewID() throws {
    let policies = [
      SavePolicy.merge, .overwrite, .fail, SavePolicy(.merge, resurrects: true),
      SavePolicy(.overwrite, resurrects: true),
    ]
    try onEachStore { sessions, store in
      for policy in policies {
        let old = try sessions.make(["a": 1])
        let session = try sessions.loaded(old)
        try session.set("b", to: 1)
        XCTAssertTrue(try sessions.delete(old), store)
        assertError(.gone, try sessions.renew(session, policy: policy), store)
        XCTAssertEqual(session.id, old, store)
        XCTAssertTrue(session.isChanged, store)
        XCTAssertEqual(try sessions.allIDs(), [], store)
      }
    }
  }

  func testASessionMadeAgainIsNotRenewedByTheFirst() throws {
    try onEachStore { sessions, store in
      for policy in [SavePolicy.merge, .overwrite, SavePolicy(.merge, resurrects: true)] {
        let id = try sessions.make(["a": 1])
        let session = try sessions.loaded(id)
        XCTAssertTrue(try sessions.delete(id), store)
        let again = Session(id: id)
        try again.set("again", to: 1)
        try sessions.create(again)
        assertError(.gone, try sessions.renew(session, policy: policy), store)
        XCTAssertEqual(try sessions.loaded(id).attributes, [.init("again", 1)], store)
        XCTAssertEqual(try sessions.allIDs(), [id], store)
        XCTAssertTrue(try sessions.delete(id), store)
      }
    }
  }

  func testOfTwoCopiesOneIsRenewed() throws {
    try onEachStore { sessions, store in
      let first = try sessions.loaded(sessions.make())
      let second = try sessions.loaded(XCTUnwrap(first.id))
      try sessions.renew(first)
      assertError(.gone, try sessions.renew(second), store)
      XCTAssertEqual(try sessions.allIDs(), [try XCTUnwrap(first.id)], store)
    }
  }

  func testAPayloadThatIsTooLargeLeavesAllAsItWas() throws {
    try onEachStore(StoreSettings(maximumPayload: 1_000)) { sessions, store in
      let old = try sessions.make(["a": 1])
      let session = try sessions.loaded(old)
      try session.set("b", to: .binary([UInt8](repeating: 0, count: 1_001)))
      assertError(.tooLarge, try sessions.renew(session), store)
      XCTAssertEqual(session.id, old, store)
      XCTAssertEqual(try sessions.allIDs(), [old], store)
      try session.remove("b")
      try sessions.renew(session)
      XCTAssertEqual(try sessions.stored("a", of: XCTUnwrap(session.id)), 1, store)
    }
  }

  func testCountersAndTokensGoByTheNewID() throws {
    try onEachStore { sessions, store in
      let session = try sessions.loaded(sessions.make(["n": 1]))
      let old = try XCTUnwrap(session.id)
      let token = try session.makeFormToken()
      try sessions.save(session)
      try sessions.renew(session)
      let new = try XCTUnwrap(session.id)
      assertError(.gone, try sessions.increment(old, "n"), store)
      XCTAssertFalse(try sessions.consumeFormToken(old, token), store)
      XCTAssertEqual(try sessions.increment(new, "n"), 2, store)
      XCTAssertTrue(try sessions.consumeFormToken(new, token), store)
    }
  }

  func testTheErrorNamesTheVerbAndNoID() throws {
    try onEachStore { sessions, store in
      let session = try sessions.loaded(sessions.make())
      let id = try XCTUnwrap(session.id)
      XCTAssertTrue(try sessions.delete(id), store)
      let error = assertError(.gone, try sessions.renew(session), store)
      XCTAssertEqual(error?.operation, "renew", store)
      XCTAssertFalse(error?.description.contains(id.text) ?? true, store)
    }
  }
}
