// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// The writer's form of each value, at every border between two forms.
final class WriterTests: XCTestCase {
  private func assertWritten(
    _ expected: String, file: StaticString = #filePath, line: UInt = #line,
    _ body: (MessagePackWriter) throws(StoreError) -> Void
  ) throws {
    XCTAssertEqual(try written(body), hex(expected), file: file, line: line)
  }

  func testNilAndBool() throws {
    try assertWritten("c0") { (writer) throws(StoreError) in try writer.null() }
    try assertWritten("c2") { (writer) throws(StoreError) in try writer.bool(false) }
    try assertWritten("c3") { (writer) throws(StoreError) in try writer.bool(true) }
  }

  func testIntegersTakeTheSmallestForm() throws {
    let cases: [(Int64, String)] = [
      (0, "00"), (127, "7f"), (128, "cc80"), (255, "ccff"), (256, "cd0100"), (65_535, "cdffff"),
      (65_536, "ce00010000"), (4_294_967_295, "ceffffffff"), (4_294_967_296, "cf0000000100000000"),
      (Int64.max, "cf7fffffffffffffff"), (-1, "ff"), (-32, "e0"), (-33, "d0df"), (-128, "d080"),
      (-129, "d1ff7f"), (-32_768, "d18000"), (-32_769, "d2ffff7fff"),
      (-2_147_483_648, "d280000000"), (-2_147_483_649, "d3ffffffff7fffffff"),
      (Int64.min, "d38000000000000000"),
    ]
    for (value, expected) in cases {
      try assertWritten(expected) { (writer) throws(StoreError) in try writer.int(value) }
    }
  }

  func testUnsignedIntegersTakeTheSameForms() throws {
    let cases: [(UInt64, String)] = [
      (0, "00"), (127, "7f"), (128, "cc80"), (65_536, "ce00010000"),
      (1 << 63, "cf8000000000000000"), (UInt64.max, "cfffffffffffffffff"),
    ]
    for (value, expected) in cases {
      try assertWritten(expected) { (writer) throws(StoreError) in try writer.uint(value) }
    }
  }

  func testDoublesTakeEightBytesWithTheirBitsAsTheyAre() throws {
    let cases: [(Double, String)] = [
      (0, "cb0000000000000000"), (-0.0, "cb8000000000000000"), (1.5, "cb3ff8000000000000"),
      (.infinity, "cb7ff0000000000000"),
      (Double(bitPattern: 0x7ff8_0000_dead_beef), "cb7ff80000deadbeef"),
    ]
    for (value, expected) in cases {
      try assertWritten(expected) { (writer) throws(StoreError) in try writer.double(value) }
    }
  }

  func testTimestampsTakeTheSmallestForm() throws {
    let cases: [(Int64, UInt32, String)] = [
      (0, 0, "d6ff00000000"), (4_294_967_295, 0, "d6ffffffffff"),
      (4_294_967_296, 0, "d7ff0000000100000000"), (0, 1, "d7ff0000000400000000"),
      (17_179_869_183, 999_999_999, "d7ffee6b27ffffffffff"),
      (17_179_869_184, 0, "c70cff000000000000000400000000"),
      (-1, 0, "c70cff00000000ffffffffffffffff"),
      (Int64.min, 999_999_999, "c70cff3b9ac9ff8000000000000000"),
    ]
    for (seconds, nanoseconds, expected) in cases {
      let time = try XCTUnwrap(Timestamp(seconds: seconds, nanoseconds: nanoseconds))
      try assertWritten(expected) { (writer) throws(StoreError) in try writer.timestamp(time) }
      XCTAssertEqual(MessagePackWriter.timestampLength(time), expected.count / 2)
    }
  }

  func testLengthsTakeTheSmallestHead() throws {
    let texts = [
      (0, "a0"), (31, "bf"), (32, "d920"), (255, "d9ff"), (256, "da0100"), (65_535, "daffff"),
      (65_536, "db00010000"),
    ]
    for (count, head) in texts {
      let filling = [UInt8](repeating: UInt8(ascii: "x"), count: count)
      let bytes = try filling.withBytes { (filling) throws(StoreError) in
        try written { (writer) throws(StoreError) in try writer.text(filling) }
      }
      XCTAssertEqual(bytes, hex(head) + filling)
    }
    let binaries = [
      (0, "c400"), (255, "c4ff"), (256, "c50100"), (65_535, "c5ffff"), (65_536, "c600010000"),
    ]
    for (count, head) in binaries {
      let filling = [UInt8](repeating: 0xff, count: count)
      let bytes = try filling.withBytes { (filling) throws(StoreError) in
        try written { (writer) throws(StoreError) in try writer.binary(filling) }
      }
      XCTAssertEqual(bytes, hex(head) + filling)
    }
  }

  func testCountsTakeTheSmallestHead() throws {
    let counts = [
      (0, "90", "80"), (15, "9f", "8f"), (16, "dc0010", "de0010"), (65_535, "dcffff", "deffff"),
      (65_536, "dd00010000", "df00010000"), (0xffff_ffff, "ddffffffff", "dfffffffff"),
    ]
    for (count, array, map) in counts {
      try assertWritten(array) { (writer) throws(StoreError) in try writer.array(count) }
      try assertWritten(map) { (writer) throws(StoreError) in try writer.map(count) }
      XCTAssertEqual(MessagePackWriter.mapHeadLength(count), map.count / 2)
    }
  }

  func testCountsBeyond32BitsAreRefused() {
    assertError(.tooLarge, try written { (writer) throws(StoreError) in try writer.array(1 << 32) })
    assertError(.tooLarge, try written { (writer) throws(StoreError) in try writer.map(1 << 32) })
  }
}
