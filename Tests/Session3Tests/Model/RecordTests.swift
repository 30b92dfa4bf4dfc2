// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// The head of a record, byte by byte, and its checksum.
final class RecordTests: XCTestCase {
  private func id(_ text: String) throws -> SessionID { try XCTUnwrap(SessionID(text)) }

  func testTheHeadIsThatOfTheFormatsDescription() throws {
    let content = try payload(["user": "ada", "attributes": ["cart": [1, 2], "seen": true]])
    let record = try Record.sealed(
      content, for: id("dGhlLXNlc3Npb24taWQtMQ"), created: 1_767_323_045_678_901,
      incarnation: 0x0123_4567_89ab_cdef)
    XCTAssertEqual(
      record.storage.copy,
      hex("0100000000000000 354f57f65e470600 efcdab8967452301 24000000 650a1d5c") + content)
    XCTAssertEqual(record.encodedPayload, content)
    XCTAssertEqual(record.created, 1_767_323_045_678_901)
    XCTAssertEqual(
      record.version,
      RecordVersion(revision: 1, incarnation: 0x0123_4567_89ab_cdef, checksum: 0x5c1d_0a65))
  }

  func testTheChecksumIsOfAllThatMakesTheRecord() throws {
    let base = try Record.sealed(hex("80"), for: id("a"))
    let others = [
      try Record.sealed(hex("80"), for: id("b")),
      try Record.sealed(hex("80"), for: id("aa")),
      try Record.sealed(hex("80"), for: id("a"), revision: 2),
      try Record.sealed(hex("80"), for: id("a"), created: 1),
      try Record.sealed(hex("80"), for: id("a"), incarnation: 8),
      try Record.sealed(payload(["user": 1]), for: id("a")),
    ]
    for other in others { XCTAssertNotEqual(other.checksum, base.checksum) }
    let later = try Record.sealed(hex("80"), for: id("a"), accessed: 9)
    XCTAssertEqual(later.version, base.version, "the access time is no part of it")
  }

  func testVersionsDifferInEachOfTheirNumbers() {
    let version = RecordVersion(revision: 1, incarnation: 2, checksum: 3)
    XCTAssertEqual(version, RecordVersion(revision: 1, incarnation: 2, checksum: 3))
    XCTAssertNotEqual(version, RecordVersion(revision: 2, incarnation: 2, checksum: 3))
    XCTAssertNotEqual(version, RecordVersion(revision: 1, incarnation: 1, checksum: 3))
    XCTAssertNotEqual(version, RecordVersion(revision: 1, incarnation: 2, checksum: 4))
  }

  func testARecordComesBackFromItsParts() throws {
    let record = try Record.sealed(
      payload(["user": "ada"]), for: id("a"), revision: UInt64.max, created: Int64.min,
      incarnation: UInt64.max, accessed: 5)
    let again = try Record(
      version: record.version, created: record.created, accessed: record.accessed,
      payload: record.encodedPayload)
    XCTAssertEqual(again.storage.copy, record.storage.copy)
    XCTAssertEqual(again.accessed, 5)
  }

  func testARecordIsMadeOfACanonicalPayloadOnly() {
    let version = RecordVersion(revision: 1, incarnation: 2, checksum: 3)
    let loose = ["81 a475736572 c0", "81 a475736572 cc01", "82 a162 01 a161 01"]
    for bytes in ["", "c0", "80 80"] + loose {
      assertError(
        .value, try Record(version: version, created: 0, accessed: 0, payload: hex(bytes)), bytes)
    }
  }

  func testTooFewBytesHaveNoChecksum() throws {
    let id = try id("a")
    for count in [0, 1, 31] {
      let bytes = [UInt8](repeating: 1, count: count)
      XCTAssertEqual(bytes.withUnsafeBytes { Record.checksum(of: $0, for: id) }, 0)
    }
  }
}
