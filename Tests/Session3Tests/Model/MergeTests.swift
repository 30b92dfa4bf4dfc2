// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Merging three ways: a table of cases, each of one field or attribute.
final class MergeTests: XCTestCase {
  private func merge(
    base: Value = [:], theirs: Value = [:], ours: Value = [:]
  ) throws -> [UInt8] {
    let (base, theirs, ours) = (
      try recordStorage(payload(base)), try recordStorage(payload(theirs)),
      try recordStorage(payload(ours))
    )
    let merged = try Payload.merge(base: base.bytes, theirs: theirs.bytes, ours: ours.bytes)
    for side in [base, theirs, ours] { keepAlive(side) }
    return merged.payloadCopy
  }

  /// What base, theirs and ours are, and what comes of it; nil for absent.
  private static let cases: [(base: Value?, theirs: Value?, ours: Value?, merged: Value?)] = [
    (nil, nil, nil, nil),
    // Only they changed it.
    (nil, 1, nil, 1), (0, 1, 0, 1), (0, nil, 0, nil), (0, "0", 0, "0"),
    // Only we changed it.
    (nil, nil, 1, 1), (0, 0, 1, 1), (0, 0, nil, nil), (0, 0, false, false),
    // Both changed it: ours.
    (nil, 1, 2, 2), (0, 1, 2, 2), (0, nil, 2, 2), (0, 1, nil, nil), (0, nil, nil, nil),
    (0, 1, 1, 1), (nil, 1, 1, 1),
    // Nested values are one: they don't merge.
    (["a": 1, "b": 1], ["a": 2, "b": 1], ["a": 1, "b": 2], ["a": 1, "b": 2]),
    ([1], [1, 2], [1], [1, 2]),
  ]

  func testAttributesMergeByTheTable() throws {
    func attributes(_ value: Value?) -> Value {
      value.map { ["attributes": ["a": $0, "k": 0]] } ?? ["attributes": ["k": 0]]
    }
    for (base, theirs, ours, merged) in Self.cases {
      XCTAssertEqual(
        try merge(base: attributes(base), theirs: attributes(theirs), ours: attributes(ours)),
        try payload(attributes(merged)), "\(base as Any) \(theirs as Any) \(ours as Any)")
    }
  }

  func testFieldsMergeByTheTable() throws {
    for name in ["user", "unknown"] {
      func field(_ value: Value?) -> Value { value.map { .map([.init(name, $0)]) } ?? [:] }
      for (base, theirs, ours, merged) in Self.cases {
        XCTAssertEqual(
          try merge(base: field(base), theirs: field(theirs), ours: field(ours)),
          try payload(field(merged)), "\(name): \(base as Any) \(theirs as Any) \(ours as Any)")
      }
    }
  }

  func testTextFieldsMergeAsOne() throws {
    for name in ["remote_address", "csrf_token"] {
      func field(_ text: String) -> Value { .map([.init(name, .text(text))]) }
      XCTAssertEqual(
        try merge(base: field("1"), theirs: field("2"), ours: field("1")), try payload(field("2")))
      XCTAssertEqual(
        try merge(base: field("1"), theirs: field("2"), ours: field("3")), try payload(field("3")))
      XCTAssertEqual(try merge(base: field("1"), theirs: field("1")), hex("80"))
    }
  }

  func testEachSidesAttributesAreKept() throws {
    XCTAssertEqual(
      try merge(
        base: ["attributes": ["b": 0, "d": 0]],
        theirs: ["attributes": ["a": 1, "b": 1, "d": 0]],
        ours: ["attributes": ["b": 0, "c": 2, "d": 2]]),
      try payload(["attributes": ["a": 1, "b": 1, "c": 2, "d": 2]]))
  }

  func testWhenEachRemovesTheOthersRestNothingIsLeft() throws {
    XCTAssertEqual(
      try merge(
        base: ["attributes": ["a": 1, "b": 1]], theirs: ["attributes": ["a": 1]],
        ours: ["attributes": ["b": 1]]),
      hex("80"))
  }

  func testALogoutInMemoryMergesLikeAnyChange() throws {
    XCTAssertEqual(
      try merge(
        base: ["user": "ada", "attributes": ["a": 1]],
        theirs: ["user": "ada", "attributes": ["a": 2]], ours: ["attributes": ["a": 1]]),
      try payload(["attributes": ["a": 2]]))
  }

  func testManyAttributesMergeAcrossTheHeadOf15() throws {
    func attributes(_ range: Range<Int>) -> Value {
      ["attributes": .map(range.map { .init("k\($0)", 1) })]
    }
    XCTAssertEqual(
      try merge(theirs: attributes(0..<10), ours: attributes(5..<20)),
      try payload(attributes(0..<20)))
    XCTAssertEqual(
      try merge(base: attributes(0..<20), theirs: attributes(0..<12), ours: attributes(2..<20)),
      try payload(attributes(2..<12)))
  }

  /// From 65,536 entries on a map's head is two bytes longer.
  func testManyAttributesMergeAcrossTheHeadOf65535() throws {
    func attributes(_ numbers: Range<Int>, _ changed: Int? = nil) -> Value {
      let members = numbers.map { number in
        Value.Member("k\(100_000 + number)", number == changed ? "changed" : 1)
      }
      return ["attributes": .map(members)]
    }
    let base = attributes(1..<65_535)
    let theirs = attributes(0..<65_535, 40_000)
    for count in [65_534, 65_535, 65_536, 65_537] {
      let merged = try merge(base: base, theirs: theirs, ours: attributes(1..<count))
      XCTAssertTrue(merged == (try payload(attributes(0..<count, 40_000))), "\(count)")
      XCTAssertTrue(try isCanonical(merged))
    }
  }
}
