// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// What other encoders hand in comes into canonical form, or is refused.
final class PayloadCanonicalTests: XCTestCase {
  private func assertCanonical(
    _ given: [UInt8], is expected: [UInt8], file: StaticString = #filePath, line: UInt = #line
  ) throws {
    XCTAssertEqual(try canonical(given), expected, file: file, line: line)
    XCTAssertEqual(try isCanonical(given), given == expected, file: file, line: line)
    XCTAssertTrue(try isCanonical(expected), file: file, line: line)
  }

  @discardableResult
  private func assertRefused(
    _ payload: Value, naming attribute: String?, file: StaticString = #filePath,
    line: UInt = #line
  ) throws -> StoreError? {
    let bytes = try payload.bytes
    let error = assertError(.value, try canonical(bytes), file: file, line: line)
    XCTAssertEqual(error?.attribute, attribute, file: file, line: line)
    return error
  }

  func testFieldsAndAttributesComeIntoOrder() throws {
    let given: Value = [
      "user": "ada", "x": 1, "attributes": ["b": 1, "a": 2, "": 3], "csrf_token": "t",
    ]
    let expected: Value = [
      "attributes": ["": 3, "a": 2, "b": 1], "csrf_token": "t", "user": "ada", "x": 1,
    ]
    try assertCanonical(given.bytes, is: expected.bytes)
  }

  func testNestedMapsKeepTheirOrder() throws {
    let payload: Value = ["attributes": ["a": ["z": 1, "y": 2]], "user": ["b": 1, "a": 2]]
    try assertCanonical(payload.bytes, is: payload.bytes)
  }

  func testLooserFormsComeIntoTheSmallest() throws {
    try assertCanonical(
      hex("df00000001 da0004 75736572 d90161"), is: hex("81 a475736572 a161"))
    try assertCanonical(
      hex("81 aa61747472696275746573 de0001 d90161 ca3fc00000"),
      is: hex("81 aa61747472696275746573 81 a161 cb3ff8000000000000"))
  }

  func testAbsentIsLeftOut() throws {
    let absent: [Value] = [
      ["user": nil], ["remote_address": nil], ["csrf_token": nil], ["form_tokens": nil],
      ["attributes": nil], ["form_tokens": []], ["attributes": [:]],
      ["attributes": [:], "csrf_token": nil, "form_tokens": [], "user": nil],
    ]
    for payload in absent { try assertCanonical(payload.bytes, is: hex("80")) }
    try assertCanonical(hex("81 aa61747472696275746573 de0000"), is: hex("80"))
    try assertCanonical(hex("81 ab666f726d5f746f6b656e73 dd00000000"), is: hex("80"))
  }

  func testWhatIsNotAbsentIsKept() throws {
    let kept: [Value] = [
      ["user": ""], ["user": false], ["user": 0], ["user": []], ["user": [:]],
      ["remote_address": ""], ["csrf_token": ""], ["form_tokens": [""]],
      ["attributes": ["a": nil]], ["unknown": nil], ["unknown": []], ["unknown": [:]],
    ]
    for payload in kept { try assertCanonical(payload.bytes, is: payload.bytes) }
  }

  func testOfTooManyFormTokensTheNewestAreKept() throws {
    func tokens(_ range: Range<Int>) -> Value {
      ["form_tokens": .array(range.map { .text("t\($0)") }), "user": "ada"]
    }
    try assertCanonical(tokens(0..<32).bytes, is: tokens(0..<32).bytes)
    try assertCanonical(tokens(0..<33).bytes, is: tokens(1..<33).bytes)
    try assertCanonical(tokens(0..<5_000).bytes, is: tokens(4_968..<5_000).bytes)
  }

  func testAQuickLookKnowsWhatSitesStore() throws {
    let usual: Value = [
      "attributes": [
        "address": ["street": "12 St James's Square", "city": "London", "country": "GB"],
        "ratio": 0.75, "recent": [101, 202, -303, 70_000, -5_000_000_000, true, nil],
        "text": .text(String(repeating: "é", count: 200)),
      ],
      "authenticated": .timestamp(Timestamp(microseconds: 1_760_000_000_123_456)),
      "csrf_token": "t", "form_tokens": ["a", "b"], "remote_address": "192.0.2.17",
      "user": ["name": "ada", "id": 7],
    ]
    for payload in [usual, [:], ["later": 1]] {
      XCTAssertTrue(try payload.bytes.withBytes { Payload.isSurelyCanonical($0) })
    }
  }

  func testAQuickLookSeesABadByteAnywhereInATextOfAnyLength() throws {
    for length in 1...40 {
      let head: [UInt8] = length < 32 ? [0xa0 | UInt8(length)] : [0xd9, UInt8(length)]
      for (before, after) in [("81 a1 78", ""), ("82 a1 78", "a1 79 c4 14" + zeros(20))] {
        let good = hex(before) + head + [UInt8](repeating: 0x61, count: length) + hex(after)
        XCTAssertTrue(try quickLook(good), "\(length)")
        for position in 0..<length {
          var bad = good
          bad[hex(before).count + head.count + position] = 0xff
          XCTAssertFalse(try quickLook(bad), "\(position) of \(length)")
        }
      }
    }
  }

  private func zeros(_ count: Int) -> String { String(repeating: "00", count: count) }

  func testAQuickLookIsSureOfKeysWithinAValueThatDiffer() throws {
    let same = ["abcdefghi", "abcdefghj"], many = (10..<27).map { "k\($0)" }
    let sure = [same, ["b", "a"], many, Array(many.prefix(15).reversed())]
    let unsure = [
      Array(same.reversed()), ["b", "abcdefghi", "abcdefghi"], ["abcdefghi", "abcdefghi"],
      many.dropLast() + ["a"], ["b", "c", "b"],
    ]
    for keys in sure { XCTAssertTrue(try quickLook(nestedMap(keys)), "\(keys)") }
    for keys in unsure { XCTAssertFalse(try quickLook(nestedMap(keys)), "\(keys)") }
  }

  /// A payload with one field, a map of keys in this order.
  private func nestedMap(_ keys: [String]) -> [UInt8] {
    let count = UInt8(keys.count)
    var payload = hex("81 a1 78") + (count < 16 ? [0x80 | count] : [0xde, 0, count])
    for key in keys { payload += [0xa0 | UInt8(key.utf8.count)] + Array(key.utf8) + [7] }
    return payload
  }

  func testAQuickLookTellsKeysApartWhateverTheirLengthsAndEnds() throws {
    let keys = ["a", "aa", "aaaaaaa", "aaaaaaaa", "aaaaaaaaa", "aaaaaaaab", "aaaaaaab", "é", "éé"]
    let endings: [[UInt8]] = [[], [UInt8](repeating: 0, count: 20)]
    for ending in endings {
      for (index, key) in keys.enumerated() {
        for other in keys[index...] {
          let ascending = rootMap([key, other], ending), descending = rootMap([other, key], ending)
          XCTAssertEqual(try quickLook(ascending), key != other, "\(key), \(other)")
          XCTAssertFalse(try quickLook(descending), "\(other), \(key)")
        }
      }
    }
  }

  /// A payload of fields with a value each; what ends it is the last one's.
  private func rootMap(_ keys: [String], _ ending: [UInt8]) -> [UInt8] {
    var payload = [0x80 | UInt8(keys.count)]
    for key in keys { payload += [0xa0 | UInt8(key.utf8.count)] + Array(key.utf8) + [7] }
    return ending.isEmpty ? payload : payload.dropLast() + [0xc4, UInt8(ending.count)] + ending
  }

  private func quickLook(_ payload: [UInt8]) throws -> Bool {
    try payload.withBytes { Payload.isSurelyCanonical($0) }
  }

  func testAQuickLookLeavesOtherFormsToTheFullCheck() throws {
    let others = [
      "", "80 80", "81 a1", "82 a162 01 a161 01", "82 a161 01 a161 01",  // keys
      "81 a475736572 c0", "81 aa61747472696275746573 80", "81 a6 c3 01",
      "81 a1 78 cc01", "81 a1 78 cd0001", "81 a1 78 d0 05", "81 a1 78 d3 0000000000000001",
      "81 a1 78 ca 3f800000", "81 a1 78 d901 61", "81 a1 78 a1 ff", "81 a1 78 c1", "81 a1 78 cb 00",
      "81 a178 82 a161 01 a161 02", "81 a178 83 a162 01 a161 02 a162 03",
      "81 aa637372665f746f6b656e 01",
    ]
    for bytes in others.map(hex) {
      XCTAssertFalse(try bytes.withBytes { Payload.isSurelyCanonical($0) }, "\(bytes)")
    }
    let deep = hex("81 a178") + [UInt8](repeating: 0x91, count: 33) + [1]
    XCTAssertFalse(try deep.withBytes { Payload.isSurelyCanonical($0) })
  }

  func testUnknownFieldsAreKept() throws {
    let payload: Value = [
      "A": [1], "authenticated": true, "persistent": 9, "renewed": "x", "zz": [:],
    ]
    try assertCanonical(payload.bytes, is: payload.bytes)
  }

  func testAFieldOfTheWrongTypeIsRefusedByItsName() throws {
    for wrong in [1, true, 1.5, ["x": 1], [1], .binary([1])] as [Value] {
      try assertRefused(["remote_address": wrong], naming: "remote_address")
      try assertRefused(["csrf_token": wrong], naming: "csrf_token")
      try assertRefused(["form_tokens": wrong], naming: "form_tokens")
    }
    try assertRefused(["form_tokens": "x"], naming: "form_tokens")
    try assertRefused(["form_tokens": ["x", nil]], naming: "form_tokens")
    for wrong in [1, "x", [], [1], false] as [Value] {
      try assertRefused(["attributes": wrong], naming: "attributes")
    }
  }

  func testAPayloadIsOneMap() {
    for bytes in ["", "c0", "90", "01", "a161", "80 80", "80 c0", "81", "81 a161", "82 a161 01"] {
      assertError(.value, try canonical(hex(bytes)), bytes)
    }
  }

  func testAKeyThatStandsTwiceIsRefusedByItsName() {
    let twice = "82 a475736572 01 a475736572 02"
    XCTAssertEqual(assertError(.value, try canonical(hex(twice)))?.attribute, "user")
    let leftOut = "82 a475736572 c0 a475736572 02"
    XCTAssertEqual(assertError(.value, try canonical(hex(leftOut)))?.attribute, "user")
    let inAttributes = "81 aa61747472696275746573 83 a162 01 a161 02 a162 03"
    XCTAssertEqual(assertError(.value, try canonical(hex(inAttributes)))?.attribute, "b")
  }

  func testABadAttributeIsRefusedByItsName() throws {
    let head = "81 aa61747472696275746573 82 a161 01 a463617274"
    for value in ["a1ff", "c1", "d40100", "82 a16101 a16102", "81 01 01", "92 01 a1ff"] {
      let error = assertError(.value, try canonical(hex(head + value)), value)
      XCTAssertEqual(error?.attribute, "cart")
    }
  }

  func testAValueInTheAttributesMayBe32Deep() throws {
    let attributes = "81 aa61747472696275746573 81 a161"
    let deepest = [UInt8](repeating: 0x91, count: 31) + [0x90]
    try assertCanonical(hex(attributes) + deepest, is: hex(attributes) + deepest)
    let error = assertError(.value, try canonical(hex(attributes) + [0x91] + deepest))
    XCTAssertEqual(error?.attribute, "a")
    for field in ["81 a475736572", "81 a178"] {
      try assertCanonical(hex(field) + deepest, is: hex(field) + deepest)
      assertError(.value, try canonical(hex(field) + [0x91] + deepest))
    }
  }
}
