// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Decoded values, as Swift hosts have them.
final class ValueTests: XCTestCase {
  private let nested: Value = [
    "b": [1, -1, 1.5, "ä", nil, true], "a": ["inner": [:]], "": .binary([0, 255]),
    "when": .timestamp(Timestamp(microseconds: -1)), "most": .uint(UInt64.max),
  ]

  func testAValueComesBackAsItWas() throws {
    XCTAssertEqual(try Value.decoded(nested.bytes), nested)
  }

  func testAMapKeepsItsOrder() throws {
    XCTAssertNotEqual(["a": 1, "b": 2] as Value, ["b": 2, "a": 1])
    let (one, other): (Value, Value) = (["a": 1, "b": 2], ["b": 2, "a": 1])
    XCTAssertNotEqual(try one.bytes, try other.bytes)
  }

  func testSubscriptsLookInside() {
    XCTAssertEqual(nested["b"]?[0], 1)
    XCTAssertEqual(nested["a"]?["inner"], [:])
    XCTAssertNil(nested["none"])
    XCTAssertNil(nested["b"]?[6])
    XCTAssertNil(nested["b"]?[-1])
    XCTAssertNil(nested[0])
    XCTAssertNil(nested["b"]?["a"])
  }

  func testTextIsComparedByItsBytes() {
    let (composed, decomposed) = ("\u{e9}", "e\u{301}")
    XCTAssertEqual(composed, decomposed, "as Swift's own text")
    XCTAssertNotEqual(Value.text(composed), .text(decomposed))
    let map: Value = .map([.init(decomposed, 1), .init(composed, 2)])
    XCTAssertEqual(map[composed], 2)
    XCTAssertEqual(map[decomposed], 1)
    XCTAssertNotEqual(map, .map([.init(composed, 1), .init(decomposed, 2)]))
  }

  func testAValueNestedTooDeepHasNoEncoding() throws {
    func arrays(_ depth: Int) -> Value { (0..<depth).reduce(.null) { value, _ in [value] } }
    XCTAssertEqual(try arrays(32).bytes.count, 33)
    assertError(.value, try arrays(33).bytes)
    assertError(.value, try arrays(1_000).bytes)
  }

  func testAKeyThatStandsTwiceHasNoEncoding() {
    assertError(.value, try (["a": 1, "b": 2, "a": 3] as Value).bytes)
  }

  func testASmallUnsignedIntegerComesBackAsAnInteger() throws {
    XCTAssertEqual(try Value.decoded(Value.uint(5).bytes), .int(5))
  }
}
