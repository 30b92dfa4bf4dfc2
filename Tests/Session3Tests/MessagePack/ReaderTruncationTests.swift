// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Bytes that end too early: an error, and the cursor stays.
final class ReaderTruncationTests: XCTestCase {
  private static let scalars = [
    "cc 80", "cd 0100", "ce 00010000", "cf 0000000100000000",
    "d0 80", "d1 8000", "d2 80000000", "d3 8000000000000000",
    "ca 3fc00000", "cb 3ff8000000000000",
    "a3 616263", "d9 03 616263", "da 0003 616263", "db 00000003 616263",
    "c4 03 010203", "c5 0003 010203", "c6 00000003 010203",
    "d6 ff 00000001", "d7 ff 0000000400000001", "c7 0c ff 00000001 ffffffffffffffff",
    "c8 0004 ff 00000001", "c9 00000008 ff 0000000400000001",
  ]
  private static let containers = [
    "92 0102", "dc 0002 0102", "dd 00000002 0102",
    "81 a161 01", "de 0001 a161 01", "df 00000001 a161 01", "91 91 91 81 a161 a162",
  ]

  func testEachPrefixOfAScalarIsRefused() throws {
    for form in Self.scalars {
      let whole = hex(form)
      for length in 0..<whole.count {
        try Array(whole[..<length]).withUnsafeBytes { bytes in
          var reader = MessagePackReader(bytes)
          assertError(.value, try reader.next(), "\(length) bytes of \(form)")
          XCTAssertEqual(reader.offset, 0, form)
          assertError(.value, try reader.skip(), "\(length) bytes of \(form)")
          XCTAssertEqual(reader.offset, 0, form)
          assertError(.value, try reader.check(), "\(length) bytes of \(form)")
        }
      }
      try whole.withUnsafeBytes { bytes in
        var reader = MessagePackReader(bytes)
        try reader.check()
        XCTAssertTrue(reader.isAtEnd, form)
      }
    }
  }

  func testEachPrefixOfAContainerIsRefused() throws {
    for form in Self.containers {
      let whole = hex(form)
      for length in 0..<whole.count {
        try Array(whole[..<length]).withUnsafeBytes { bytes in
          var reader = MessagePackReader(bytes)
          assertError(.value, try reader.skip(), "\(length) bytes of \(form)")
          XCTAssertEqual(reader.offset, 0, form)
          assertError(.value, try reader.check(), "\(length) bytes of \(form)")
        }
      }
      try whole.withUnsafeBytes { bytes in
        var reader = MessagePackReader(bytes)
        try reader.check()
        XCTAssertTrue(reader.isAtEnd, form)
      }
    }
  }

  func testCountsBeyondTheBytesAreRefusedAtTheHead() throws {
    let heads = [
      "91", "9f 00", "81 a0", "8f a000", "dc ffff 00", "dd ffffffff 00", "de ffff 0000",
      "df ffffffff 0000", "db ffffffff 61", "c6 ffffffff 00", "c9 ffffffff ff 00",
    ]
    for head in heads {
      try hex(head).withUnsafeBytes { bytes in
        var reader = MessagePackReader(bytes)
        assertError(.value, try reader.next(), head)
      }
    }
  }

  func testTheErrorTellsWhereTheBytesEnd() throws {
    try hex("93 01 cd 01").withUnsafeBytes { bytes in
      var reader = MessagePackReader(bytes, at: 2)
      XCTAssertEqual(assertError(.value, try reader.next())?.offset, 3)
    }
  }

  func testAReaderBeyondTheEndIsAtTheEnd() throws {
    try hex("01").withUnsafeBytes { bytes in
      for offset in [1, 2, Int.max] {
        var reader = MessagePackReader(bytes, at: offset)
        XCTAssertTrue(reader.isAtEnd)
        assertError(.value, try reader.next())
      }
      XCTAssertEqual(MessagePackReader(bytes, at: -1).offset, 0)
    }
  }
}
