// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Of two slots the one with the higher revision counts, if it is whole.
final class SessionSlotsTests: XCTestCase {
  private let content: Value = ["user": "ada", "attributes": ["n": 1]]

  private func id() throws -> SessionID { try XCTUnwrap(SessionID("dGhlLXNlc3Npb24taWQtMQ")) }

  private func record(_ revision: UInt64) throws -> Record {
    try Record.sealed(payload(content), for: id(), revision: revision)
  }

  /// A file with these revisions in its slots; nil for an empty one.
  private func image(_ a: UInt64?, _ b: UInt64?) throws -> FileImage {
    var image = try FileImage(record(1), of: id())
    let empty = [UInt8](repeating: 0, count: 32)
    image.write(try a.map { try record($0).storage.copy } ?? empty, toSlot: 0)
    image.write(try b.map { try record($0).storage.copy } ?? empty, toSlot: 1)
    return image
  }

  private func offset(_ image: FileImage, forRecord count: Int = 100) throws -> Int64? {
    try image.withSlots { $0.offset(forRecord: count) }.get()
  }

  func testTheHigherRevisionCounts() throws {
    let cases: [(UInt64?, UInt64?, UInt64)] = [
      (1, nil, 1), (nil, 1, 1), (1, 2, 2), (3, 2, 3), (UInt64.max, 1, UInt64.max),
      (1 << 63, (1 << 63) - 1, 1 << 63),
    ]
    for (a, b, newest) in cases {
      let image = try image(a, b)
      XCTAssertEqual(try image.answer.get()?.revision, newest)
      XCTAssertEqual(try image.withSlots { $0.isTorn }.get(), false)
    }
  }

  func testOfEqualRevisionsSlotACounts() throws {
    var image = try image(5, 5)
    let other = try Record.sealed(payload(content), for: id(), revision: 5, incarnation: 99)
    image.write(other.storage.copy, toSlot: 0)
    XCTAssertEqual(try image.answer.get()?.incarnation, 99)
  }

  func testTheNextRecordGoesIntoTheOtherSlot() throws {
    let (a, b) = (Int64(512), Int64(512 + 1_536))
    XCTAssertEqual(try offset(image(1, nil)), b)
    XCTAssertEqual(try offset(image(1, 2)), a)
    XCTAssertEqual(try offset(image(3, 2)), b)
    XCTAssertEqual(try offset(image(nil, 1)), a)
    var torn = try image(1, 2)
    torn.bytes[torn.range(ofSlot: 1).lowerBound + 40] ^= 1
    XCTAssertEqual(try offset(torn), b, "over the torn one, never over the one that counts")
  }

  func testARecordMustFitIntoASlot() throws {
    let image = try image(1, nil)
    XCTAssertNotNil(try offset(image, forRecord: 1_536))
    XCTAssertNil(try offset(image, forRecord: 1_537))
  }

  func testTwoEmptySlotsHoldNothing() throws {
    let image = try image(nil, nil)
    XCTAssertNil(try image.answer.get())
    XCTAssertEqual(try image.withSlots { $0.isTorn }.get(), false)
  }

  func testRevision0IsEmptyOnlyWithZerosBehindIt() throws {
    for offset in 8..<32 {
      var image = try image(nil, nil)
      image.bytes[image.range(ofSlot: 1).lowerBound + offset] = 1
      XCTAssertEqual(try image.withSlots { $0.isTorn }.get(), true, "\(offset)")
      XCTAssertNil(try image.answer.get(), "\(offset)")
    }
    var image = try image(nil, nil)
    image.write(try record(0).storage.copy, toSlot: 1)
    XCTAssertEqual(try image.withSlots { $0.isTorn }.get(), true, "even with a right checksum")
  }

  /// Changes a byte of a slot whose revision is lower than the newest.
  private func damaged(
    older: UInt64?, newest: UInt64, at offset: Int, newestSlot: Int
  ) throws -> FileImage {
    var image = try newestSlot == 0 ? image(newest, older) : image(older, newest)
    image.bytes[image.range(ofSlot: 1 - newestSlot).lowerBound + offset] ^= 1
    return image
  }

  func testBesideAWholeSlotOneOfTheRevisionBeforeCountsForNothing() throws {
    for (older, newest, offset) in [(1, 2, 8), (1, 2, 40), (nil, 1, 8)] as [(UInt64?, UInt64, Int)]
    {
      for slot in [0, 1] {
        let image = try damaged(older: older, newest: newest, at: offset, newestSlot: slot)
        XCTAssertEqual(try image.answer.get()?.revision, newest)
        XCTAssertEqual(try image.withSlots { $0.isTorn }.get(), false)
      }
    }
  }

  /// The number may be one that was read amid its writing: 256 of 510 and 512.
  func testBesideAWholeSlotOneOfAnOlderRevisionIsLookedAt() throws {
    for (older, newest, offset) in [
      (256, 509, 8), (254, 509, 40), (nil, 2, 8), (509, 509, 40),
    ] as [(UInt64?, UInt64, Int)] {
      for slot in [0, 1] {
        let image = try damaged(older: older, newest: newest, at: offset, newestSlot: slot)
        XCTAssertEqual(try image.answer.get()?.revision, newest)
        XCTAssertEqual(try image.withSlots { $0.isTorn }.get(), true)
      }
    }
  }

  func testALengthBeyondTheSlotIsTorn() throws {
    for length in ["e1050000", "ffffffff", "00000080"] {
      var image = try image(1, 2)
      let start = image.range(ofSlot: 1).lowerBound
      image.bytes.replaceSubrange((start + 24)..<(start + 28), with: hex(length))
      XCTAssertEqual(try image.answer.get()?.revision, 1, length)
    }
  }

  func testARecordMayFillItsSlot() throws {
    let filling = try payload(["user": .binary([UInt8](repeating: 7, count: 1_536 - 32 - 9))])
    let full = try Record.sealed(filling, for: id(), revision: 2)
    XCTAssertEqual(full.storage.count, 1_536)
    var image = try image(1, nil)
    image.write(full.storage.copy, toSlot: 1)
    XCTAssertEqual(try image.answer.get(), full.version)
  }

  func testAFileOfAnotherSizeIsCorrupt() throws {
    for change in [-4_096, -3_584, -512, -1, 1, 512, 4_096, 8_192] {
      var image = try FileImage(record(1), of: id(), size: 8_192)
      if change < 0 {
        image.bytes.removeLast(-change)
      } else {
        image.bytes.append(contentsOf: [UInt8](repeating: 0, count: change))
      }
      assertError(.corrupt, try image.answer.get(), "\(change)")
    }
  }

  func testASlotSizeOfAnotherFileIsCorrupt() throws {
    for size in ["00000000", "00040000", "00080000", "ffffffff", "01060000"] {
      var image = try image(1, nil)
      image.bytes.replaceSubrange(12..<16, with: hex(size))
      sealHead(&image.bytes)
      assertError(.corrupt, try image.answer.get(), size)
    }
  }

  func testAFileOfAnotherSessionIsTorn() throws {
    let image = try FileImage(record(1), of: XCTUnwrap(SessionID("another")))
    XCTAssertNil(try image.answer.get())
    XCTAssertEqual(try image.withSlots { $0.isTorn }.get(), true)
  }
}
