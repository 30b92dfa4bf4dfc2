// SPDX-License-Identifier: MIT
import CSession3System
import XCTest

@testable import Session3

/// The layout of a session file: sizes, header, and where a record goes.
final class SessionFileTests: XCTestCase {
  private let id = SessionID("dGhlLXNlc3Npb24taWQtMQ")

  func testSlotsAreEqualMultiplesOfASector() {
    let sizes = [
      (0, 0), (512, 0), (1_535, 0), (1_536, 512), (4_096, 1_536), (8_192, 3_584), (12_288, 5_632),
      (16_384, 7_680), (1 << 20, 523_776),
    ]
    for (file, slot) in sizes {
      XCTAssertEqual(SessionFile.slotSize(ofFile: file), slot, "\(file)")
    }
  }

  func testAFileIsTheSmallestWhoseSlotsHoldTheRecord() {
    for count in Array(1...9_000) + [1 << 20, (1 << 20) + 32, (1 << 30) + 32] {
      let size = SessionFile.size(forRecord: count)
      XCTAssertEqual(size % SessionFile.blockSize, 0)
      XCTAssertGreaterThanOrEqual(SessionFile.slotSize(ofFile: size), count)
      XCTAssertLessThan(SessionFile.slotSize(ofFile: size - SessionFile.blockSize), count)
    }
  }

  func testANewFileIsThatOfTheFormatsDescription() throws {
    let content = try payload(["user": "ada", "attributes": ["cart": [1, 2], "seen": true]])
    let record = try Record.sealed(
      content, for: XCTUnwrap(id), created: 1_767_323_045_678_901,
      incarnation: 0x0123_4567_89ab_cdef)
    let image = try SessionFile.image(of: record, size: 4_096).copy
    let head = hex(
      "53455353494f4e33 0100 0000 00060000 000000000000000000000000 94d20cce")
    XCTAssertEqual(Array(image[0..<32]), head)
    XCTAssertTrue(image[32..<512].allSatisfy { $0 == 0 })
    let slot = record.storage.copy
    XCTAssertEqual(Array(image[512..<(512 + slot.count)]), slot)
    XCTAssertTrue(image[(512 + slot.count)...].allSatisfy { $0 == 0 })
    XCTAssertEqual(image.count, 4_096)
  }

  func testASuccessorKeepsFlagsAndReservedBytes() throws {
    let record = try Record.sealed(hex("80"), for: XCTUnwrap(id))
    var head = try SessionFile.image(of: record, size: 4_096).copy
    head[10] = 0xa5
    for index in 16..<28 { head[index] = UInt8(index) }
    for index in 32..<512 { head[index] = UInt8(truncatingIfNeeded: index) }
    let image = try head.withBytes { (head) throws(StoreError) in
      try SessionFile.image(of: record, size: 8_192, succeeding: head).copy
    }
    XCTAssertEqual(image.count, 8_192)
    XCTAssertEqual(Array(image[0..<12]), Array(head[0..<12]))
    XCTAssertEqual(Array(image[12..<16]), hex("000e0000"))
    XCTAssertEqual(Array(image[16..<28]), Array(head[16..<28]))
    XCTAssertEqual(Array(image[32..<512]), Array(head[32..<512]))
    let kind = image.withUnsafeBytes { SessionFile.kind(of: $0) }
    XCTAssertEqual(kind, .ours, "its checksum is made anew")
  }

  func testAFileIsKnownByItsFirstBytes() throws {
    let record = try Record.sealed(hex("80"), for: XCTUnwrap(id))
    let good = Array(try SessionFile.image(of: record, size: 4_096).copy.prefix(32))
    func kind(_ change: (inout [UInt8]) -> Void, resealed: Bool = true) -> SessionFile.Kind {
      var head = good
      change(&head)
      if resealed { sealHead(&head) }
      return head.withUnsafeBytes { SessionFile.kind(of: $0) }
    }
    XCTAssertEqual(kind { _ in }, .ours)
    XCTAssertEqual(kind { $0[0] = 0x52 }, .foreign)
    XCTAssertEqual(kind { $0[7] ^= 1 }, .foreign)
    XCTAssertEqual(kind({ $0[8] = 2 }, resealed: false), .damaged)
    XCTAssertEqual(kind({ $0[28] ^= 1 }, resealed: false), .damaged)
    XCTAssertEqual(kind { $0[8] = 2 }, .later)
    XCTAssertEqual(kind { $0[8] = 0 }, .later)
    XCTAssertEqual(kind { $0[9] = 1 }, .later)
    for bit in 0..<8 {
      XCTAssertEqual(kind { $0[11] = 1 << UInt8(bit) }, .later, "a flag of the high byte")
      XCTAssertEqual(kind { $0[10] = 1 << UInt8(bit) }, .ours, "a flag of the low byte")
    }
    XCTAssertEqual(kind { $0[16] = 1 }, .ours, "a reserved byte")
    for count in 0..<32 {
      let cut = Array(good.prefix(count)).withUnsafeBytes { SessionFile.kind(of: $0) }
      XCTAssertEqual(cut, .foreign, "\(count) bytes")
    }
  }
}

/// Makes the checksum of a session file's header anew.
func sealHead(_ file: inout [UInt8]) {
  let checksum = file.withUnsafeBytes { system_crc32c(0, $0.baseAddress, 28) }
  withUnsafeBytes(of: checksum.littleEndian) { file.replaceSubrange(28..<32, with: $0) }
}
