// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A session in memory: what it holds, and what it knows of itself.
final class SessionTests: XCTestCase {
  private let stored: Value = ["user": "ada", "attributes": ["a": 1, "b": "two"]]

  private func loadedSession() throws -> Session {
    let id = try SessionID.generate()
    return Session(id: id, record: try Record.sealed(payload(stored), for: id))
  }

  func testANewSessionIsEmptyNewAndChanged() throws {
    let session = Session()
    XCTAssertNil(session.id)
    XCTAssertTrue(session.isNew)
    XCTAssertTrue(session.isChanged)
    XCTAssertFalse(try session.hasInfo)
    XCTAssertNil(try session.user)
    XCTAssertNil(try session.remoteAddress)
    XCTAssertEqual(try session.attributes, [])
    XCTAssertEqual(session.payloadBytes, hex("80"))
  }

  func testALoadedSessionIsNeitherNewNorChanged() throws {
    let session = try loadedSession()
    XCTAssertFalse(session.isNew)
    XCTAssertFalse(session.isChanged)
    XCTAssertEqual(try session.user, "ada")
    XCTAssertEqual(try session.attributes, [.init("a", 1), .init("b", "two")])
    XCTAssertEqual(session.payloadBytes, try payload(stored))
  }

  func testReadingChangesNothing() throws {
    let session = try loadedSession()
    _ = (try session.value("a"), try session.hasFormToken("x"), try session.isCSRFToken("x"))
    XCTAssertFalse(try session.remove("none"))
    XCTAssertFalse(session.isChanged)
  }

  func testAChangeThatIsTakenBackIsNone() throws {
    let session = try loadedSession()
    try session.set("a", to: 2)
    XCTAssertTrue(session.isChanged)
    try session.set("a", to: 1)
    XCTAssertFalse(session.isChanged)
    try session.set("c", to: [1, 2, 3])
    XCTAssertTrue(session.isChanged)
    XCTAssertTrue(try session.remove("c"))
    XCTAssertFalse(session.isChanged)
  }

  func testAttributesOfEveryTypeComeBack() throws {
    let session = Session()
    let values: [Value] = [
      nil, true, false, 0, -1, .int(Int64.min), .uint(UInt64.max), 1.5, "", "text", .binary([]),
      .binary([0, 255]), .timestamp(Timestamp(microseconds: -1)), [], [1, [2]], [:],
      ["b": 1, "a": 2],
    ]
    for (number, value) in values.enumerated() { try session.set("k\(number)", to: value) }
    for (number, value) in values.enumerated() {
      XCTAssertEqual(try session.value("k\(number)"), value)
    }
    XCTAssertNil(try session.value("k"))
    XCTAssertEqual(try session.attributes.count, values.count)
  }

  func testAnyTextIsAKey() throws {
    let session = Session()
    for key in ["", "user", "attributes", "\0", "é", String(repeating: "k", count: 70_000)] {
      try session.set(key, to: .text(key))
      XCTAssertEqual(try session.value(key), .text(key))
    }
    XCTAssertNil(try session.user)
  }

  func testTheUserMayBeOfAnyType() throws {
    let session = Session()
    for user in ["ada", "", 7, ["id": 7], [1], false] as [Value] {
      try session.setUser(user)
      XCTAssertEqual(try session.user, user)
      XCTAssertTrue(try session.hasInfo)
    }
    for nobody in [nil, Value.null] {
      try session.setUser("ada")
      try session.setUser(nobody)
      XCTAssertNil(try session.user)
      XCTAssertEqual(session.payloadBytes, hex("80"))
    }
  }

  func testAUserOrAnyAttributeIsInfo() throws {
    let session = Session()
    try session.setRemoteAddress("127.0.0.1")
    _ = try session.makeFormToken()
    _ = try session.makeCSRFToken()
    XCTAssertFalse(try session.hasInfo)
    try session.set("a", to: nil)
    XCTAssertTrue(try session.hasInfo)
    XCTAssertTrue(try session.remove("a"))
    XCTAssertFalse(try session.hasInfo)
  }

  func testTheRemoteAddressIsSetAndRemoved() throws {
    let session = Session()
    try session.setRemoteAddress("::1")
    XCTAssertEqual(try session.remoteAddress, "::1")
    try session.setRemoteAddress(nil)
    XCTAssertNil(try session.remoteAddress)
    XCTAssertEqual(session.payloadBytes, hex("80"))
  }

  func testARefusedValueLeavesTheSessionAsItWas() throws {
    let session = try loadedSession()
    let twice: Value = ["x": 1, "x": 2]
    XCTAssertEqual(assertError(.value, try session.set("b", to: twice))?.attribute, "b")
    assertError(.value, try session.setUser(twice))
    XCTAssertEqual(try session.value("b"), "two")
    XCTAssertFalse(session.isChanged)
  }

  func testAKeyThatIsNotUTF8IsRefused() throws {
    let session = try loadedSession()
    let value = try (1 as Value).encoded()
    let key = hex("61ff")
    assertError(
      .value,
      try key.withBytes { (key) throws(StoreError) in try session.setAttribute(key, to: value) })
    XCTAssertFalse(session.isChanged)
  }

  func testTheWholeContentIsReplacedOrLeft() throws {
    let session = try loadedSession()
    try hex("81 a475736572 d90161").withBytes { (bytes) throws(StoreError) in
      try session.setPayload(bytes)
    }
    XCTAssertEqual(try session.user, "a")
    XCTAssertEqual(try session.attributes, [])
    assertError(
      .value,
      try hex("81").withBytes { (bytes) throws(StoreError) in try session.setPayload(bytes) })
    XCTAssertEqual(try session.user, "a")
  }

  func testACopyKnowsNothingOfTheOther() throws {
    let id = try SessionID.generate()
    let record = try Record.sealed(payload(stored), for: id)
    let (one, other) = (Session(id: id, record: record), Session(id: id, record: record))
    try one.set("a", to: 9)
    XCTAssertEqual(try other.value("a"), 1)
    XCTAssertEqual(record.encodedPayload, try payload(stored))
  }
}
