// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Each form of MessagePack, what it says, and whether the writer would have chosen it.
final class ReaderFormsTests: XCTestCase {
  private struct Form {
    let bytes: [UInt8]
    let words: String
    let isCanonical: Bool

    /// A head in hexadecimal, with so many zero bytes behind it.
    init(_ head: String, _ words: String, filling: Int = 0, isCanonical: Bool = true) {
      bytes = hex(head) + [UInt8](repeating: 0, count: filling)
      self.words = words
      self.isCanonical = isCanonical
    }

    static func loose(_ head: String, _ words: String, filling: Int = 0) -> Form {
      Form(head, words, filling: filling, isCanonical: false)
    }
  }

  private func check(_ forms: [Form], file: StaticString = #filePath, line: UInt = #line) throws {
    for form in forms {
      let name = "\(form.bytes.prefix(10))"
      try form.bytes.withUnsafeBytes { bytes in
        var reader = MessagePackReader(bytes)
        let token = try reader.next()
        XCTAssertEqual(words(for: token), form.words, name, file: file, line: line)
        XCTAssertEqual(reader.isCanonical, form.isCanonical, name, file: file, line: line)
        var skipping = MessagePackReader(bytes)
        try skipping.skip()
        XCTAssertTrue(skipping.isAtEnd, name, file: file, line: line)
      }
    }
  }

  func testNilAndBool() throws {
    try check([Form("c0", "nil"), Form("c2", "false"), Form("c3", "true")])
  }

  func testUnsignedIntegers() throws {
    try check([
      Form("00", "int 0"), Form("7f", "int 127"),
      Form("cc 80", "int 128"), Form("cc ff", "int 255"),
      .loose("cc 7f", "int 127"), .loose("cc 00", "int 0"),
      Form("cd 0100", "int 256"), Form("cd ffff", "int 65535"), .loose("cd 00ff", "int 255"),
      Form("ce 00010000", "int 65536"), Form("ce ffffffff", "int 4294967295"),
      .loose("ce 0000ffff", "int 65535"),
      Form("cf 0000000100000000", "int 4294967296"),
      .loose("cf 00000000ffffffff", "int 4294967295"),
      Form("cf 7fffffffffffffff", "int 9223372036854775807"),
      Form("cf 8000000000000000", "uint 9223372036854775808"),
      Form("cf ffffffffffffffff", "uint 18446744073709551615"),
    ])
  }

  func testSignedIntegers() throws {
    try check([
      Form("ff", "int -1"), Form("e0", "int -32"),
      Form("d0 df", "int -33"), Form("d0 80", "int -128"),
      .loose("d0 e0", "int -32"), .loose("d0 7f", "int 127"), .loose("d0 00", "int 0"),
      Form("d1 ff7f", "int -129"), Form("d1 8000", "int -32768"),
      .loose("d1 ff80", "int -128"), .loose("d1 7fff", "int 32767"),
      Form("d2 ffff7fff", "int -32769"), Form("d2 80000000", "int -2147483648"),
      .loose("d2 ffff8000", "int -32768"), .loose("d2 7fffffff", "int 2147483647"),
      Form("d3 ffffffff7fffffff", "int -2147483649"),
      Form("d3 8000000000000000", "int -9223372036854775808"),
      .loose("d3 ffffffff80000000", "int -2147483648"),
      .loose("d3 7fffffffffffffff", "int 9223372036854775807"),
    ])
  }

  func testText() throws {
    try check([
      Form("a0", "text 1..<1"), Form("bf", "text 1..<32", filling: 31),
      .loose("d9 00", "text 2..<2"), .loose("d9 1f", "text 2..<33", filling: 31),
      Form("d9 20", "text 2..<34", filling: 32), Form("d9 ff", "text 2..<257", filling: 255),
      .loose("da 00ff", "text 3..<258", filling: 255),
      Form("da 0100", "text 3..<259", filling: 256),
      Form("da ffff", "text 3..<65538", filling: 65_535),
      .loose("db 0000ffff", "text 5..<65540", filling: 65_535),
      Form("db 00010000", "text 5..<65541", filling: 65_536),
    ])
  }

  func testBinary() throws {
    try check([
      Form("c4 00", "binary 2..<2"), Form("c4 ff", "binary 2..<257", filling: 255),
      .loose("c5 00ff", "binary 3..<258", filling: 255),
      Form("c5 0100", "binary 3..<259", filling: 256),
      .loose("c6 0000ffff", "binary 5..<65540", filling: 65_535),
      Form("c6 00010000", "binary 5..<65541", filling: 65_536),
    ])
  }

  func testArrays() throws {
    try check([
      Form("90", "array 0"), Form("9f", "array 15", filling: 15),
      .loose("dc 0000", "array 0"), .loose("dc 000f", "array 15", filling: 15),
      Form("dc 0010", "array 16", filling: 16),
      .loose("dd 0000ffff", "array 65535", filling: 65_535),
      Form("dd 00010000", "array 65536", filling: 65_536),
    ])
  }

  func testMaps() throws {
    try check([
      Form("80", "map 0"), Form("8f", "map 15", filling: 30),
      .loose("de 0000", "map 0"), .loose("de 000f", "map 15", filling: 30),
      Form("de 0010", "map 16", filling: 32),
      .loose("df 0000ffff", "map 65535", filling: 131_070),
      Form("df 00010000", "map 65536", filling: 131_072),
    ])
  }

  func testTimestamps() throws {
    try check([
      Form("d6 ff 00000000", "time 0 0"), Form("d6 ff ffffffff", "time 4294967295 0"),
      Form("d7 ff 0000000100000000", "time 4294967296 0"),
      Form("d7 ff 0000000400000000", "time 0 1"),
      Form("d7 ff ee6b27ffffffffff", "time 17179869183 999999999"),
      Form("c7 0c ff 00000000 0000000400000000", "time 17179869184 0"),
      Form("c7 0c ff 3b9ac9ff ffffffffffffffff", "time -1 999999999"),
      Form("c7 0c ff 00000000 8000000000000000", "time -9223372036854775808 0"),
      Form("c7 0c ff 00000000 7fffffffffffffff", "time 9223372036854775807 0"),
    ])
  }

  func testTimestampsInLooserForms() throws {
    try check([
      .loose("c7 04 ff 00000001", "time 1 0"), .loose("c8 0004 ff 00000001", "time 1 0"),
      .loose("c9 00000004 ff 00000001", "time 1 0"),
      .loose("d7 ff 00000000 00000001", "time 1 0"),
      .loose("c7 08 ff 0000000400000001", "time 1 1"),
      .loose("c8 0008 ff 0000000400000001", "time 1 1"),
      .loose("c9 00000008 ff 0000000400000001", "time 1 1"),
      .loose("c7 0c ff 00000001 0000000000000001", "time 1 1"),
      .loose("c8 000c ff 00000000 ffffffffffffffff", "time -1 0"),
      .loose("c9 0000000c ff 00000000 ffffffffffffffff", "time -1 0"),
    ])
  }

  func testDoubles() throws {
    try check([
      Form("cb 3ff8000000000000", "double 1.5"), Form("cb 7ff0000000000000", "double inf"),
      Form("cb 8000000000000000", "double -0.0"),
    ])
  }

  func testSingleFloatsAreWidened() throws {
    try check([
      .loose("ca 3fc00000", "double 1.5"), .loose("ca 80000000", "double -0.0"),
      .loose("ca 00000001", "double 1.401298464324817e-45"), .loose("ca ff800000", "double -inf"),
    ])
    let quiet = try Value.decoded(hex("ca 7fc00001"))
    guard case .double(let number) = quiet else { return XCTFail("\(quiet)") }
    XCTAssertEqual(number.bitPattern, 0x7ff8_0000_2000_0000)
  }

  func testSignallingFloatsAreMadeQuiet() throws {
    guard case .double(let number) = try Value.decoded(hex("ca 7f800001")) else {
      return XCTFail("no double")
    }
    XCTAssertTrue(number.isNaN && !number.isSignalingNaN)
  }

  func testDoublesKeepTheirBits() throws {
    guard case .double(let number) = try Value.decoded(hex("cb 7ff0000000000001")) else {
      return XCTFail("no double")
    }
    XCTAssertEqual(number.bitPattern, 0x7ff0_0000_0000_0001)
  }
}
