// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// What a session notes of a login.
final class SessionLoginTests: XCTestCase {
  func testASessionSaysNothingAtFirst() {
    let session = Session()
    XCTAssertNil(session.authenticated)
    XCTAssertNil(session.renewed)
    XCTAssertNil(session.isPersistent)
  }

  func testAnotherUserForgetsTokensAndTheTimeOfTheLogin() throws {
    let users: [Value?] = [nil, "ada", "bob", "", 0, 1, ["id": 1], ["id": 2], .uint(UInt64.max)]
    for before in users {
      for after in users {
        let session = Session()
        try session.setUser(before)
        let (csrf, form) = (try session.makeCSRFToken(), try session.makeFormToken())
        try session.setTime(Payload.authenticated, to: 7)
        try session.setPersistent(true)
        try session.set("n", to: 1)
        try session.setUser(after)
        let isSame = before == after
        XCTAssertEqual(try session.user, after)
        XCTAssertEqual(try session.isCSRFToken(csrf), isSame)
        XCTAssertEqual(try session.hasFormToken(form), isSame)
        XCTAssertEqual(session.authenticated, isSame ? 7 : nil)
        XCTAssertEqual(session.isPersistent, true, "what the browser asked for stays")
        XCTAssertEqual(try session.attributes, [.init("n", 1)], "attributes stay")
      }
    }
  }

  func testTheSameUserIsNoChange() throws {
    let id = try SessionID.generate()
    for user in [nil, "ada", ["id": [1, 2]]] as [Value?] {
      let made = Session()
      try made.setUser(user)
      let record = try Record.sealed(made.payloadBytes, for: id)
      let session = Session(id: id, record: record)
      try session.setUser(user)
      XCTAssertFalse(session.isChanged)
    }
  }

  func testNilIsNobody() throws {
    let session = Session()
    try session.setUser("ada")
    try session.setUser(.null)
    XCTAssertNil(try session.user)
    XCTAssertFalse(try session.hasInfo)
  }

  func testPersistenceIsYesNoOrNothing() throws {
    let session = Session()
    for isPersistent in [true, false, nil, false, true, nil] as [Bool?] {
      try session.setPersistent(isPersistent)
      XCTAssertEqual(session.isPersistent, isPersistent)
    }
    XCTAssertEqual(session.payloadBytes, [0x80])
  }

  func testTimesAreKeptToTheMicrosecond() throws {
    let session = Session()
    for time in [Int64.min, -1_000_001, -1, 0, 1, 1_800_000_000_123_456, Int64.max] {
      try session.setTime(Payload.authenticated, to: time)
      try session.setTime(Payload.renewed, to: time)
      XCTAssertEqual(session.authenticated, time)
      XCTAssertEqual(session.renewed, time)
      XCTAssertTrue(try isCanonical(session.payloadBytes))
    }
  }

  func testAttributesOfThoseNamesAreOthers() throws {
    let session = Session()
    for name in ["authenticated", "persistent", "renewed"] { try session.set(name, to: true) }
    XCTAssertNil(session.authenticated)
    XCTAssertNil(session.renewed)
    XCTAssertNil(session.isPersistent)
    try session.setPersistent(false)
    try session.setTime(Payload.authenticated, to: 5)
    XCTAssertEqual(try session.value("persistent"), true)
    XCTAssertEqual(try session.value("authenticated"), true)
  }

  func testFieldsAloneAreNoInformation() throws {
    let session = Session()
    try session.setPersistent(true)
    try session.setTime(Payload.authenticated, to: 5)
    try session.setTime(Payload.renewed, to: 5)
    _ = try session.makeCSRFToken()
    XCTAssertFalse(try session.hasInfo)
  }

  func testWhatACopyNotedIsMerged() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(user: "ada")
      let (first, second) = (try sessions.loaded(id), try sessions.loaded(id))
      try first.setPersistent(true)
      try first.setTime(Payload.authenticated, to: 5)
      try sessions.save(first)
      try second.set("n", to: 1)
      try sessions.save(second)
      XCTAssertEqual(second.isPersistent, true, store)
      XCTAssertEqual(second.authenticated, 5, store)
    }
  }

  func testASessionThatBeginsAnewHasTheContentAndNoID() throws {
    let session = try memorySession(["n": 1])
    session.isMoved = true
    try session.beginAnew()
    XCTAssertNil(session.id)
    XCTAssertTrue(session.isNew)
    XCTAssertFalse(session.isMoved)
    XCTAssertFalse(session.isBirthGiven)
    XCTAssertEqual(try session.value("n"), 1)
  }

  private func memorySession(_ attributes: [String: Value]) throws -> Session {
    let sessions = SessionRepository(try memoryStore())
    return try sessions.loaded(sessions.make(attributes))
  }
}
