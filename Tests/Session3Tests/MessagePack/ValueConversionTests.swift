// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Values in Swift's own types, and back.
final class ValueConversionTests: XCTestCase {
  private let values: [Value] = [
    nil, true, 1, .uint(UInt64.max), 1.5, "a", .binary([1]), .timestamp(Timestamp(microseconds: 1)),
    [1], ["a": 1],
  ]

  /// Which of the values have a conversion.
  private func having<Result>(_ conversion: (Value) -> Result?) -> [Int] {
    values.indices.filter { conversion(values[$0]) != nil }
  }

  func testEachTypeHasItsOwnConversion() {
    XCTAssertEqual(values.indices.filter { values[$0].isNull }, [0])
    XCTAssertEqual(having(\.boolValue), [1])
    XCTAssertEqual(having(\.intValue), [2])
    XCTAssertEqual(having(\.uintValue), [2, 3])
    XCTAssertEqual(having(\.doubleValue), [4])
    XCTAssertEqual(having(\.textValue), [5])
    XCTAssertEqual(having(\.binaryValue), [6])
    XCTAssertEqual(having(\.timestampValue), [7])
    XCTAssertEqual(having(\.arrayValue), [8])
    XCTAssertEqual(having(\.mapValue), [9])
  }

  func testAConversionLosesNothing() {
    XCTAssertEqual((false as Value).boolValue, false)
    XCTAssertEqual(Value.int(Int64.min).intValue, Int64.min)
    XCTAssertNil(Value.int(-1).uintValue)
    XCTAssertEqual(Value.uint(5).intValue, 5)
    XCTAssertEqual(Value.uint(UInt64.max).uintValue, UInt64.max)
    XCTAssertEqual((-0.0 as Value).doubleValue?.sign, .minus)
    XCTAssertEqual(("\u{e9}" as Value).textValue, "\u{e9}")
    XCTAssertEqual(Value.binary([0, 255]).binaryValue, [0, 255])
    XCTAssertEqual(Value.timestamp(Timestamp(microseconds: -1)).timestampValue?.microseconds, -1)
    XCTAssertEqual(([1, "x"] as Value).arrayValue, [1, "x"])
    XCTAssertEqual((["b": 1, "a": 2] as Value).mapValue?.map(\.key), ["b", "a"])
  }

  func testIntegersOfAllTypesThatFitAreValues() {
    XCTAssertEqual(Value(exactly: Int8.min), .int(-128))
    XCTAssertEqual(Value(exactly: UInt64(5)), .int(5))
    XCTAssertEqual(Value(exactly: UInt64.max), .uint(UInt64.max))
    XCTAssertNil(Value(exactly: Int128(Int64.min) - 1))
    XCTAssertNil(Value(exactly: UInt128(UInt64.max) + 1))
  }

  func testTimestampsAreInTheOrderOfTime() {
    let times = [-1_000_001, -1, 0, 1, 1_000_000].map { Timestamp(microseconds: $0) }
    XCTAssertEqual(times.shuffled().sorted(), times)
  }
}
