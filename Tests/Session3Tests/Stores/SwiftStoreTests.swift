// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// What a store that is written in Swift has without a word of its own, and what hosts ask of it.
final class SwiftStoreTests: XCTestCase {
  func testAStoreOfEightMembersNamesItsSessions() throws {
    let sessions = SessionRepository(CASStore())
    let id = try sessions.make()
    let hash = sessions.shortHash(of: id)
    XCTAssertEqual(sessions.store.place(of: nil), "custom store")
    XCTAssertEqual(sessions.store.place(of: id), "custom store, session " + hash)
    XCTAssertNotNil(hash.wholeMatch(of: /[0-9a-f]{12}/))
    XCTAssertNotEqual(hash, sessions.shortHash(of: try sessions.make()))
    XCTAssertEqual(hash, SessionRepository(CASStore()).shortHash(of: id), "in one process")
    XCTAssertEqual(sessions.store.maximumPayload, 1 << 20)
    XCTAssertTrue(sessions.store.isThreadSafe)
    XCTAssertEqual(sessions.store.sync, .off)
    try sessions.setup()
  }

  func testAHashIsThatOfThePlace() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      let place = sessions.store.place(of: id)
      XCTAssertTrue(place.hasSuffix("session " + sessions.shortHash(of: id)), store)
    }
  }

  func testAStoreFailsInItsOwnWords() {
    let error = StoreError(.callback, detail: "the database is down", systemErrno: 5)
    XCTAssertEqual(error.code, .callback)
    XCTAssertEqual(error.cause, "the database is down")
    XCTAssertEqual(error.description, "the database is down: Input/output error (EIO)")
    XCTAssertEqual(StoreError(.busy, detail: "wait").description, "wait")
  }

  func testAnErrorIsOneLine() {
    let error = StoreError(.callback, detail: "one\nerror: another\0line")
    XCTAssertFalse(error.description.contains { $0.isNewline || $0 == "\0" })
  }

  func testStatisticsAreThoseOfTheStore() throws {
    let store = try memoryStore()
    _ = try SessionRepository(store).make()
    XCTAssertEqual(SessionRepository(store).statistics.creates, 1)
  }

  func testTheAccessTimeOfARecordIsTheStores() throws {
    let clock = ManualClock()
    let sessions = SessionRepository(try memoryStore(StoreSettings(clock: clock.clock)))
    let id = try sessions.make()
    var record = try XCTUnwrap(try sessions.store.read(id))
    record.accessed += ManualClock.hour
    guard case .written = try sessions.store.write(id, record, expecting: record.version) else {
      return XCTFail("it is another version")
    }
    XCTAssertEqual(try sessions.loaded(id).accessed, record.created + ManualClock.hour)
  }

  func testAllAttributesGoAtOnceAndTheUserStays() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(["a": 1, "b": [2]], user: "ada")
      let session = try sessions.loaded(id)
      try session.removeAll()
      try sessions.save(session)
      XCTAssertEqual(try sessions.loaded(id).attributes, [], store)
      XCTAssertEqual(try sessions.loaded(id).user, "ada", store)
    }
  }

  func testAFormTokenIsForgottenInOneCopy() throws {
    let session = Session()
    let token = try session.makeFormToken()
    XCTAssertTrue(try session.removeFormToken(token))
    XCTAssertFalse(try session.removeFormToken(token))
    XCTAssertFalse(try session.hasFormToken(token))
  }
}
