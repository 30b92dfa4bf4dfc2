// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// What a value may not be.
final class ReaderCheckTests: XCTestCase {
  /// - Returns: whether all of it is in canonical form.
  @discardableResult
  private func check(_ bytes: [UInt8], depth: Int = 0) throws -> Bool {
    try bytes.withUnsafeBytes { bytes in
      var reader = MessagePackReader(bytes)
      try reader.check(depth: depth)
      XCTAssertTrue(reader.isAtEnd)
      return reader.isCanonical
    }
  }

  @discardableResult
  private func assertRefused(
    _ bytes: [UInt8], depth: Int = 0, file: StaticString = #filePath, line: UInt = #line
  ) -> StoreError? {
    assertError(
      .value, try check(bytes, depth: depth), "\(bytes.prefix(12))", file: file, line: line)
  }

  private func arrays(_ depth: Int) -> [UInt8] { Array(repeating: 0x91, count: depth) + [0xc0] }

  private func maps(_ depth: Int) -> [UInt8] {
    (0..<depth).flatMap { _ in hex("81 a161") } + [0xc0]
  }

  func testNestingOf32IsTheDeepest() throws {
    try check(arrays(32))
    try check(maps(32))
    XCTAssertEqual(assertRefused(arrays(33))?.offset, 32)
    XCTAssertEqual(assertRefused(maps(33))?.offset, 96)
  }

  func testAnEmptyContainerCountsAsALevel() throws {
    try check(Array(repeating: 0x91, count: 31) + [0x90])
    assertRefused(Array(repeating: 0x91, count: 32) + [0x90])
    assertRefused(Array(repeating: 0x91, count: 32) + [0x80])
  }

  func testDepthBeginsWhereTheCallerSays() throws {
    try check(arrays(2), depth: 30)
    assertRefused(arrays(2), depth: 31)
    try check([0xc0], depth: 32)
  }

  func testAMillionLevelsAreRefusedAndSkipped() throws {
    let deep = arrays(1_000_000)
    assertRefused(deep)
    try deep.withUnsafeBytes { bytes in
      var reader = MessagePackReader(bytes)
      try reader.skip()
      XCTAssertTrue(reader.isAtEnd)
    }
  }

  func testAKeyThatStandsTwiceIsRefused() {
    assertRefused(hex("82 a161 01 a161 02"))
    assertRefused(hex("83 a162 01 a161 02 a162 03"))
    assertRefused(hex("82 a161 01 d90161 02"))
    assertRefused(hex("82 a0 01 a0 02"))
    assertRefused(hex("91 82 a162 01 a162 02"))
    assertRefused(hex("81 a178 83 a162 01 a161 01 a162 02"))
  }

  func testTheKeysOfANestedMapMayBeInAnyOrder() throws {
    XCTAssertTrue(try check(hex("82 a162 01 a161 02")))
    XCTAssertTrue(try check(hex("82 a26161 01 a161 02")))
  }

  func testOneKeyInTwoMapsIsNoDuplicate() throws {
    try check(hex("82 a161 81 a161 01 a162 81 a161 01"))
    try check(hex("92 81 a161 01 81 a161 01"))
  }

  func testAKeyThatIsNoTextIsRefused() {
    for key in ["01", "c0", "c2", "c4 01 61", "90", "80", "cb 0000000000000000", "d6 ff 00000001"] {
      assertRefused(hex("81" + key + "01"))
      assertRefused(hex("82 a161 01" + key + "01"))
    }
  }

  func testTextThatIsNotUTF8IsRefused() {
    XCTAssertEqual(assertRefused(hex("a2 61ff"))?.offset, 1)
    assertRefused(hex("81 a1ff 01"))
    assertRefused(hex("81 a161 a1ff"))
    assertRefused(hex("91 d901 80"))
  }

  func testBinaryMayBeAnyBytes() throws {
    try check(hex("c4 02 ff fe"))
  }

  func testTheUnusedByteIsRefused() {
    XCTAssertEqual(assertRefused([0xc1])?.offset, 0)
    XCTAssertEqual(assertRefused(hex("92 01 c1"))?.offset, 2)
  }

  func testUnknownExtensionsAreRefused() {
    for type in ["00", "01", "7f", "80", "fe"] {
      XCTAssertEqual(assertRefused(hex("d6" + type + "00000001"))?.offset, 0)
      assertRefused(hex("c7 04" + type + "00000001"))
      assertRefused(hex("d4" + type + "00"))
      assertRefused(hex("c7 00" + type))
    }
  }

  func testTimestampsOfOtherLengthsAreRefused() {
    for form in [
      "d4 ff 00", "d5 ff 0000", "d8 ff" + String(repeating: "00", count: 16), "c7 00 ff",
      "c7 05 ff 0000000000", "c7 0d ff" + String(repeating: "00", count: 13), "c8 0000 ff",
      "c9 00000010 ff" + String(repeating: "00", count: 16),
    ] {
      XCTAssertEqual(assertRefused(hex(form))?.offset, 0, form)
    }
  }

  func testASecondOfNanosecondsIsRefused() throws {
    try check(hex("d7 ff ee6b27fc00000001"))
    assertRefused(hex("d7 ff ee6b280000000001"))
    assertRefused(hex("d7 ff ffffffffffffffff"))
    assertRefused(hex("c7 0c ff 3b9aca00 0000000000000001"))
    assertRefused(hex("c7 0c ff ffffffff ffffffffffffffff"))
  }

  func testALooserFormAnywhereInsideIsNotCanonical() throws {
    XCTAssertFalse(try check(hex("92 01 cc01")))
    XCTAssertFalse(try check(hex("81 d90161 01")))
    XCTAssertFalse(try check(hex("81 a161 ca00000000")))
    XCTAssertTrue(try check(hex("82 a161 92 01 cb0000000000000000 a162 c40101")))
  }
}
