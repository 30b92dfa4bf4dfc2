// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A write that was cut anywhere, or damaged anywhere, leaves the other slot as the answer.
final class TornSlotTests: XCTestCase {
  private let id = SessionID("dGhlLXNlc3Npb24taWQtMQ")

  private func record(_ revision: UInt64, _ text: String) throws -> Record {
    try Record.sealed(
      payload(["attributes": ["text": .text(text)], "user": "ada"]), for: XCTUnwrap(id),
      revision: revision)
  }

  private func image(_ a: Record, _ b: Record) throws -> FileImage {
    var image = try FileImage(a, of: XCTUnwrap(id))
    image.write(b.storage.copy, toSlot: 1)
    return image
  }

  func testEveryByteOfOneSlotFlippedLeavesTheOther() throws {
    for newest in [0, 1] {
      let older = try record(6, "older")
      let newer = try record(7, "newer, and longer")
      let good = try newest == 0 ? image(newer, older) : image(older, newer)
      let slot = good.range(ofSlot: newest)
      for offset in 0..<newer.storage.count {
        for mask in [UInt8(0x01), 0x80, 0xff] {
          var image = good
          image.bytes[slot.lowerBound + offset] ^= mask
          XCTAssertEqual(try image.answer.get(), older.version, "\(offset) ^ \(mask)")
          XCTAssertTrue(try image.withSlots { $0.isTorn }.get(), "\(offset) ^ \(mask)")
        }
      }
      for offset in newer.storage.count..<slot.count {
        var image = good
        image.bytes[slot.lowerBound + offset] ^= 0xff
        XCTAssertEqual(try image.answer.get(), newer.version, "what follows means nothing")
      }
    }
  }

  func testEveryByteOfTheOlderSlotFlippedLeavesTheNewer() throws {
    let (older, newer) = (try record(6, "older"), try record(7, "newer"))
    let good = try image(older, newer)
    for offset in good.range(ofSlot: 0) {
      var image = good
      image.bytes[offset] ^= 0xff
      XCTAssertEqual(try image.answer.get(), newer.version, "\(offset)")
    }
  }

  func testAWriteThatStoppedAnywhereIsNoWrite() throws {
    let (old, newest, next) = (
      try record(6, "two saves ago"), try record(7, "the last"), try record(8, "under way, longer")
    )
    let bytes = next.storage.copy
    for count in 0..<bytes.count {
      var image = try image(old, newest)
      image.write(bytes[..<count], toSlot: 0)
      XCTAssertEqual(try image.answer.get(), newest.version, "\(count) bytes written")
    }
    var image = try image(old, newest)
    image.write(bytes, toSlot: 0)
    XCTAssertEqual(try image.answer.get(), next.version)
  }

  func testAWriteWhoseBytesCameInAnyOrderIsOldOrNew() throws {
    var random = SeededGenerator.announced()
    let (old, newest, next) = (
      try record(6, "two saves ago"), try record(7, "the last"), try record(8, "under way, longer")
    )
    let bytes = next.storage.copy
    for _ in 0..<2_000 {
      var image = try image(old, newest)
      let start = image.range(ofSlot: 0).lowerBound
      for (offset, byte) in bytes.enumerated() where random.once(in: 2) {
        image.bytes[start + offset] = byte
      }
      let version = try image.answer.get()
      XCTAssertTrue(version == newest.version || version == next.version)
    }
  }

  func testTwoTornSlotsHoldNothing() throws {
    var image = try image(record(6, "a"), record(7, "b"))
    for slot in [0, 1] { image.bytes[image.range(ofSlot: slot).lowerBound + 33] ^= 1 }
    XCTAssertNil(try image.answer.get())
  }

  func testEveryByteOfTheHeaderFlippedIsRefused() throws {
    let good = try image(record(6, "a"), record(7, "b"))
    for offset in 0..<SessionFile.headSize {
      for bit in 0..<8 {
        var image = good
        image.bytes[offset] ^= 1 << UInt8(bit)
        assertError(.corrupt, try image.answer.get(), "bit \(bit) of \(offset)")
      }
    }
  }
}
