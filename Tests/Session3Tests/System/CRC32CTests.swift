// SPDX-License-Identifier: MIT
import CSession3System
import XCTest

@testable import Session3

/// CRC-32C, by the processor and by the table, against its check value, the vectors of RFC 3720, and
/// a bitwise one.
final class CRC32CTests: XCTestCase {
  /// Both ways, which must agree.
  private func crc(_ bytes: [UInt8], after former: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { bytes in
      let crc = system_crc32c(former, bytes.baseAddress, bytes.count)
      XCTAssertEqual(system_crc32c_by_table(former, bytes.baseAddress, bytes.count), crc)
      return crc
    }
  }

  private func bitwise(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 {
        let isOdd = crc & 1 == 1
        crc >>= 1
        if isOdd { crc ^= 0x82f6_3b78 }
      }
    }
    return ~crc
  }

  func testTheCheckValue() {
    XCTAssertEqual(crc(Array("123456789".utf8)), 0xe306_9283)
    XCTAssertEqual(crc([]), 0)
  }

  func testTheVectorsOfRFC3720() {
    XCTAssertEqual(crc([UInt8](repeating: 0, count: 32)), 0x8a91_36aa)
    XCTAssertEqual(crc([UInt8](repeating: 0xff, count: 32)), 0x62a8_ab43)
    XCTAssertEqual(crc((0..<32).map { UInt8($0) }), 0x46dd_794e)
    XCTAssertEqual(crc((0..<32).reversed().map { UInt8($0) }), 0x113f_db5c)
  }

  func testAnyLengthAtAnyAddress() {
    var random = SeededGenerator.announced()
    let bytes = (0..<80).map { _ in UInt8.random(in: 0...255, using: &random) }
    for start in 0..<9 {
      for end in start...bytes.count {
        let part = Array(bytes[start..<end])
        let expected = bitwise(part)
        bytes.withUnsafeBytes { all in
          let place = all.baseAddress.map { $0 + start }
          XCTAssertEqual(system_crc32c(0, place, end - start), expected, "\(start)..<\(end)")
          XCTAssertEqual(system_crc32c_by_table(0, place, end - start), expected)
        }
      }
    }
  }

  /// From 3 and 12 KiB on three parts are read beside each other.
  func testLongRunsAreThoseOfTheTable() {
    var random = SeededGenerator.announced()
    let bytes = (0..<40_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    XCTAssertEqual(crc(bytes), bitwise(bytes))
    for part in [3 * 1_024, 3 * 4_096] {
      for repeated in 1...3 {
        for more in -9...9 {
          // Which compares the two.
          _ = crc(Array(bytes[..<(repeated * part + more)]), after: UInt32(repeated))
        }
      }
    }
  }

  func testItGoesOnFromAFormerResult() {
    let bytes = Array("the quick brown fox jumps over the lazy dog".utf8)
    for cut in 0...bytes.count {
      let first = crc(Array(bytes[..<cut]))
      XCTAssertEqual(crc(Array(bytes[cut...]), after: first), crc(bytes), "\(cut)")
    }
  }
}
