// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class SaveTests: XCTestCase {
  func testWhatIsSavedIsLoaded() throws {
    try onEachStore { sessions, store in
      let session = Session(id: SessionID("my-own_ID1"))
      try session.setUser("ada")
      try session.set("cart", to: ["apple": 2, "pear": [1, nil]])
      try sessions.save(session)
      let loaded = try sessions.loaded(XCTUnwrap(session.id))
      XCTAssertEqual(loaded.payloadBytes, session.payloadBytes, store)
      XCTAssertEqual(loaded.id, session.id, store)
      XCTAssertEqual(loaded.created, session.created, store)
      XCTAssertFalse(loaded.isNew || loaded.isChanged, store)
    }
  }

  func testASavedSessionIsNeitherNewNorChanged() throws {
    try onEachStore { sessions, store in
      let session = Session(id: SessionID("a"))
      try sessions.save(session)
      XCTAssertFalse(session.isNew || session.isChanged, store)
      try session.set("a", to: 1)
      XCTAssertTrue(session.isChanged, store)
      try sessions.save(session)
      XCTAssertFalse(session.isChanged, store)
      XCTAssertEqual(try sessions.stored("a", of: XCTUnwrap(session.id)), 1, store)
    }
  }

  func testEachSaveIsOneRevisionOfOneIncarnation() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      let first = try XCTUnwrap(sessions.store.read(id)).version
      XCTAssertEqual(first.revision, 1, store)
      let session = try sessions.loaded(id)
      for revision in UInt64(2)...20 {
        try session.set("n", to: .int(Int64(revision)))
        try sessions.save(session)
        let version = try XCTUnwrap(sessions.store.read(id)).version
        XCTAssertEqual(version.revision, revision, store)
        XCTAssertEqual(version.incarnation, first.incarnation, store)
      }
    }
  }

  func testAnUnchangedSessionIsNotWritten() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(["a": 1])
      let version = try XCTUnwrap(sessions.store.read(id)).version
      let session = try sessions.loaded(id)
      try sessions.save(session)
      try session.set("a", to: 1)
      try sessions.save(session)
      XCTAssertEqual(try XCTUnwrap(sessions.store.read(id)).version, version, store)
    }
  }

  func testASessionWithoutAnIDIsNotSaved() throws {
    try onEachStore { sessions, store in
      assertError(.invalid, try sessions.save(Session()), store)
      XCTAssertEqual(try sessions.allIDs(), [], store)
    }
  }

  func testANewSessionReplacesWhatIsThere() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(["old": 1], user: "ada")
      let before = try XCTUnwrap(sessions.store.read(id)).version
      let session = Session(id: id)
      try session.set("new", to: 2)
      try sessions.save(session)
      let loaded = try sessions.loaded(id)
      XCTAssertEqual(try loaded.attributes, [.init("new", 2)], store)
      XCTAssertNil(try loaded.user, store)
      let after = try XCTUnwrap(sessions.store.read(id)).version
      XCTAssertEqual(after.revision, before.revision + 1, store)
      XCTAssertNotEqual(after.incarnation, before.incarnation, store)
    }
  }

  func testTheCreationTimeStays() throws {
    let clock = ManualClock()
    try onEachStore(StoreSettings(clock: clock.clock)) { sessions, store in
      let created = clock.now
      let id = try sessions.make()
      clock.now += ManualClock.hour
      let session = try sessions.loaded(id)
      try session.set("a", to: 1)
      try sessions.save(session)
      _ = try sessions.increment(id, "n")
      XCTAssertEqual(try sessions.loaded(id).created, created, store)
      XCTAssertEqual(try sessions.loaded(id).accessed, clock.now, store)
    }
  }

  func testABirthThatIsGivenIsStored() throws {
    try onEachStore { sessions, store in
      for created in [Int64(5), -5, 1_000_000_000_000_000] {
        let session = Session(id: nil, created: created)
        try sessions.create(session)
        XCTAssertEqual(try sessions.loaded(XCTUnwrap(session.id)).created, created, store)
      }
    }
  }

  func testASessionGrowsAndShrinks() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      let session = try sessions.loaded(id)
      for size in [0, 1_000, 1_500, 1_600, 20_000, 3, 300_000, 299_999, 0, 900_000] {
        let text = Value.text(String(repeating: "x", count: size))
        try session.set("a", to: text)
        try sessions.save(session)
        XCTAssertEqual(try sessions.stored("a", of: id), text, store)
      }
    }
  }

  func testAnEmptySessionIsASession() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      XCTAssertEqual(try sessions.loaded(id).payloadBytes, hex("80"), store)
      XCTAssertTrue(try sessions.has(id), store)
    }
  }
}
