// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class TimestampTests: XCTestCase {
  func testMicrosecondsAreFlooredIntoSecondsAndNanoseconds() {
    let cases: [(microseconds: Int64, seconds: Int64, nanoseconds: UInt32)] = [
      (0, 0, 0), (1, 0, 1_000), (999_999, 0, 999_999_000), (1_000_000, 1, 0),
      (-1, -1, 999_999_000), (-999_999, -1, 1_000), (-1_000_000, -1, 0),
      (-1_000_001, -2, 999_999_000), (1_767_323_045_678_901, 1_767_323_045, 678_901_000),
      (Int64.max, 9_223_372_036_854, 775_807_000), (Int64.min, -9_223_372_036_855, 224_192_000),
    ]
    for (microseconds, seconds, nanoseconds) in cases {
      let time = Timestamp(microseconds: microseconds)
      XCTAssertEqual(time, Timestamp(seconds: seconds, nanoseconds: nanoseconds), "\(microseconds)")
      XCTAssertEqual(time.microseconds, microseconds)
    }
  }

  func testAFractionOfAMicrosecondIsRoundedTowardsThePast() {
    XCTAssertEqual(Timestamp(seconds: 0, nanoseconds: 1_999)?.microseconds, 1)
    XCTAssertEqual(Timestamp(seconds: -1, nanoseconds: 999_999_999)?.microseconds, -1)
    XCTAssertEqual(Timestamp(seconds: -1, nanoseconds: 1)?.microseconds, -1_000_000)
  }

  func testTimesBeyond64BitsOfMicrosecondsHaveNone() throws {
    let beyond: [(Int64, UInt32)] = [
      (Int64.max, 0), (Int64.max, 999_999_999), (Int64.min, 0), (Int64.min, 999_999_999),
      (9_223_372_036_854, 775_808_000), (9_223_372_036_855, 0),
      (-9_223_372_036_855, 224_191_999), (-9_223_372_036_856, 999_999_999),
    ]
    for (seconds, nanoseconds) in beyond {
      let time = try XCTUnwrap(Timestamp(seconds: seconds, nanoseconds: nanoseconds))
      XCTAssertNil(time.microseconds, "\(seconds) \(nanoseconds)")
    }
    XCTAssertEqual(
      Timestamp(seconds: -9_223_372_036_855, nanoseconds: 224_192_999)?.microseconds, Int64.min)
    XCTAssertEqual(
      Timestamp(seconds: 9_223_372_036_854, nanoseconds: 775_807_999)?.microseconds, Int64.max)
  }

  func testThereAreNoMoreNanosecondsThanASecondHas() {
    XCTAssertNotNil(Timestamp(seconds: 0, nanoseconds: 999_999_999))
    XCTAssertNil(Timestamp(seconds: 0, nanoseconds: 1_000_000_000))
    XCTAssertNil(Timestamp(seconds: 0, nanoseconds: UInt32.max))
  }
}
