// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Setting and removing entries keeps the bytes canonical, across every size of a map's head.
final class PayloadSetTests: XCTestCase {
  private func set(_ key: String, to value: Value?, in storage: ByteBuffer) throws -> Bool {
    let encoded = try value?.encoded()
    defer { keepAlive(encoded) }
    return try key.withBytes { (key) throws(StoreError) in
      try Payload.setAttribute(key, to: encoded?.bytes, in: storage)
    }
  }

  private func attributes(_ names: [String], _ value: Value = 1) throws -> [UInt8] {
    names.isEmpty
      ? hex("80") : try payload(["attributes": .map(names.map { Value.Member($0, value) })])
  }

  func testTheEmptyPayloadIsOneByte() throws {
    XCTAssertEqual(try Payload.empty().payloadCopy, hex("80"))
  }

  func testAttributesAreSetAcrossTheHeadOf15() throws {
    let storage = try Payload.empty()
    var names: [String] = []
    for name in (0..<20).map({ "k\($0)" }).shuffled() {
      XCTAssertFalse(try set(name, to: 1, in: storage))
      names.append(name)
      XCTAssertEqual(storage.payloadCopy, try attributes(names))
    }
  }

  func testAttributesAreRemovedAcrossTheHeadOf15() throws {
    var names = (0..<20).map { "k\($0)" }.shuffled()
    let storage = try recordStorage(attributes(names))
    while let name = names.popLast() {
      XCTAssertTrue(try set(name, to: nil, in: storage))
      XCTAssertEqual(storage.payloadCopy, try attributes(names))
    }
    XCTAssertFalse(try set("k0", to: nil, in: storage), "nothing is left")
  }

  func testAttributesAreSetAndRemovedAcrossTheHeadOf65535() throws {
    let names = (0..<65_535).map { "k" + String($0, radix: 36) }
    let storage = try recordStorage(attributes(names))
    let before = storage.payloadCopy
    XCTAssertEqual(Array(before[12..<15]), hex("deffff"))
    XCTAssertFalse(try set("k00", to: 1, in: storage))
    let after = storage.payloadCopy
    XCTAssertEqual(Array(after[12..<17]), hex("df00010000"))
    XCTAssertEqual(after.count, before.count + 2 + 5)
    XCTAssertTrue(try isCanonical(after))
    XCTAssertTrue(try set("k00", to: nil, in: storage))
    XCTAssertTrue(storage.payloadCopy == before)
  }

  /// Key and value move when the entry is inserted before them, and with storage that grows.
  func testAnEntryIsMadeOfTheStoragesOwnBytes() throws {
    for text in ["value", String(repeating: "v", count: 99)] {
      let storage = try recordStorage(
        payload(["attributes": ["m": .text("a"), "z": .text(text)]]))
      // With room they move within it, and what is read late is something else.
      try storage.reserve(1_000)
      let key = try borrowed("m", from: storage).part(1..<2)
      let value = try borrowed("z", from: storage)
      XCTAssertFalse(try Payload.setAttribute(key, to: value, in: storage))
      XCTAssertEqual(
        storage.payloadCopy,
        try payload(["attributes": ["a": .text(text), "m": .text("a"), "z": .text(text)]]))
    }
  }

  func testAValueOfTheStoragesOwnBytesGetsAKeyFromElsewhere() throws {
    for key in ["b", String(repeating: "b", count: 31), String(repeating: "b", count: 32)] {
      let storage = try recordStorage(payload(["attributes": ["z": "value"]]))
      try storage.reserve(1_000)
      let value = try borrowed("z", from: storage)
      _ = try key.withBytes { (key) throws(StoreError) in
        try Payload.setAttribute(key, to: value, in: storage)
      }
      XCTAssertEqual(
        storage.payloadCopy,
        try payload(["attributes": .map([.init(key, "value"), .init("z", "value")])]))
    }
  }

  /// An attribute's encoded value, in the storage.
  private func borrowed(_ key: String, from storage: ByteBuffer) throws -> UnsafeRawBufferPointer {
    let value = try key.withBytes { (key) throws(StoreError) in
      try Payload.attribute(key, in: storage.bytes)
    }
    return try XCTUnwrap(value)
  }

  func testFieldsAreSetAndRemovedAcrossTheHeadOf15() throws {
    let others = (0..<15).map { Value.Member("x\($0)", 1) }
    let storage = try recordStorage(payload(.map(others)))
    let user = try ("ada" as Value).encoded()
    XCTAssertFalse(try Payload.setField(Payload.user, to: user.bytes, in: storage))
    keepAlive(user)
    XCTAssertEqual(storage.payloadCopy, try payload(.map(others + [Value.Member("user", "ada")])))
    XCTAssertTrue(try Payload.setField(Payload.user, to: nil, in: storage))
    XCTAssertEqual(storage.payloadCopy, try payload(.map(others)))
  }

  func testAValueIsReplacedByAShorterAndALongerOne() throws {
    let storage = try recordStorage(attributes(["a", "b", "c"], "some text"))
    for value in ["", "longer than it was", [1, [2]], nil, "some text"] as [Value] {
      XCTAssertTrue(try set("b", to: value, in: storage))
      XCTAssertEqual(
        storage.payloadCopy,
        try payload(["attributes": ["a": "some text", "b": value, "c": "some text"]]))
    }
  }

  func testAMissingKeyIsNotRemoved() throws {
    let storage = try recordStorage(attributes(["b"]))
    for key in ["", "a", "c", "bb"] { XCTAssertFalse(try set(key, to: nil, in: storage)) }
    XCTAssertEqual(storage.payloadCopy, try attributes(["b"]))
  }

  func testTheLastAttributeTakesTheMapWithIt() throws {
    let storage = try recordStorage(payload(["user": "ada", "attributes": ["a": 1]]))
    XCTAssertTrue(try set("a", to: nil, in: storage))
    XCTAssertEqual(storage.payloadCopy, try payload(["user": "ada"]))
  }

  func testKeysAreOrderedByTheirBytesAPrefixFirst() throws {
    let storage = try Payload.empty()
    let names = ["", "\0", "A", "a", "a\0", "aa", "b", "\u{7f}", "é", "€", "😀"]
    for name in names.shuffled() { XCTAssertFalse(try set(name, to: 1, in: storage)) }
    let stored = try Value.decoded(storage.payloadCopy)["attributes"]
    XCTAssertEqual(stored, .map(names.map { Value.Member($0, 1) }))
  }

  func testARandomSequenceOfChangesIsThatOfADictionary() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<20 {
      let storage = try Payload.empty()
      var model: [String: Value] = [:]
      for _ in 0..<150 {
        let key = "k\(random.below(24))"
        let value = random.once(in: 3) ? nil : random.value(depth: 1)
        XCTAssertEqual(try set(key, to: value, in: storage), model[key] != nil)
        model[key] = value
        let members = model.map { Value.Member($0.key, $0.value) }
        let expected = model.isEmpty ? hex("80") : try payload(["attributes": .map(members)])
        XCTAssertEqual(storage.payloadCopy, expected)
      }
    }
  }
}
