// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Reading a scalar as the type that is asked for.
final class EncodedValueTests: XCTestCase {
  private func read<Result>(
    _ bytes: String, _ body: (EncodedValue) throws -> Result
  ) rethrows -> Result {
    try hex(bytes).withUnsafeBytes { try body(EncodedValue(bytes: $0)) }
  }

  func testEachTypeIsReadAsItself() throws {
    XCTAssertTrue(try read("c3") { try $0.bool() })
    XCTAssertEqual(try read("d080") { try $0.int() }, -128)
    XCTAssertEqual(try read("cfffffffffffffffff") { try $0.uint() }, UInt64.max)
    XCTAssertEqual(try read("cb3ff8000000000000") { try $0.double() }, 1.5)
    XCTAssertEqual(try read("d6ff00000002") { try $0.timestamp().microseconds }, 2_000_000)
    XCTAssertEqual(try read("a26162") { Array(try $0.text()) }, hex("6162"))
    XCTAssertEqual(try read("c40201ff") { Array(try $0.binary()) }, hex("01ff"))
  }

  func testAnotherTypeIsAnError() {
    let samples = [
      "c0", "c3", "01", "cb0000000000000000", "d6ff00000002", "a161", "c40161", "90", "80",
    ]
    for sample in samples {
      if sample != "c3" { assertError(.type, try read(sample) { try $0.bool() }, sample) }
      if sample != "01" { assertError(.type, try read(sample) { try $0.int() }, sample) }
      if sample != "01" { assertError(.type, try read(sample) { try $0.uint() }, sample) }
      if !sample.hasPrefix("cb") {
        assertError(.type, try read(sample) { try $0.double() }, sample)
      }
      if !sample.hasPrefix("d6") {
        assertError(.type, try read(sample) { try $0.timestamp() }, sample)
      }
      if sample != "a161" { assertError(.type, try read(sample) { try $0.text() }, sample) }
      if sample != "c40161" { assertError(.type, try read(sample) { try $0.binary() }, sample) }
    }
  }

  func testANumberThatDoesNotFitIsOutOfRange() {
    assertError(.range, try read("cf8000000000000000") { try $0.int() })
    assertError(.range, try read("ff") { try $0.uint() })
  }

  func testMalformedBytesAreNoValue() {
    assertError(.value, try read("") { try $0.int() })
    assertError(.value, try read("cd01") { try $0.int() })
    assertError(.value, try read("a2 61") { try $0.text() })
  }

  func testTheCanonicalCopyIsTheSameValue() throws {
    XCTAssertEqual(try read("92 01 a161") { try $0.canonical().copy }, hex("92 01 a161"))
    XCTAssertEqual(
      try read("dd00000002 d300000000000000ff db0000000161") { try $0.canonical().copy },
      hex("92 ccff a161"))
  }

  func testTheCanonicalCopyIsOfOneWholeValue() {
    for bytes in ["", "01 01", "91", "a1ff", "c1"] {
      assertError(.value, try read(bytes) { try $0.canonical() }, bytes)
    }
  }
}
