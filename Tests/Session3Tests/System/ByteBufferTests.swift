// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class ByteBufferTests: XCTestCase {
  private func replaced(_ range: Range<Int>, with bytes: [UInt8]) throws -> [UInt8] {
    let buffer = try ByteBuffer.make([0, 1, 2, 3, 4, 5])
    try bytes.withBytes { (bytes) throws(StoreError) in try buffer.replace(range, with: bytes) }
    return buffer.copy
  }

  func testAnEmptyBufferGrows() throws {
    let buffer = try ByteBuffer.make(capacity: 0)
    XCTAssertEqual(buffer.copy, [])
    for byte in UInt8.min...UInt8.max { try buffer.append(byte: byte) }
    XCTAssertEqual(buffer.copy, Array(0...255))
  }

  func testNumbersAreAppendedWithTheirHighByteFirst() throws {
    let buffer = try ByteBuffer.make(capacity: 0)
    try buffer.append(byte: 1)
    try buffer.append(bigEndian: UInt16(0x0203))
    try buffer.append(bigEndian: Int32(0x0405_0607))
    try buffer.append(bigEndian: UInt64(0x0809_0a0b_0c0d_0e0f))
    XCTAssertEqual(buffer.copy, Array(1...15))
  }

  func testAGapShrinksGrowsAndStays() throws {
    XCTAssertEqual(try replaced(1..<3, with: [9]), [0, 9, 3, 4, 5])
    XCTAssertEqual(try replaced(1..<3, with: [8, 9]), [0, 8, 9, 3, 4, 5])
    XCTAssertEqual(try replaced(1..<3, with: [7, 8, 9]), [0, 7, 8, 9, 3, 4, 5])
    XCTAssertEqual(try replaced(0..<6, with: []), [])
    XCTAssertEqual(try replaced(6..<6, with: [6]), [0, 1, 2, 3, 4, 5, 6])
    XCTAssertEqual(try replaced(0..<0, with: [9]), [9, 0, 1, 2, 3, 4, 5])
    let many = [UInt8](repeating: 7, count: 1_000)
    XCTAssertEqual(try replaced(2..<4, with: many), [0, 1] + many + [4, 5])
  }

  func testTruncationNeverGoesBeyondTheEnds() throws {
    let buffer = try ByteBuffer.make([1, 2, 3])
    buffer.truncate(to: 9)
    XCTAssertEqual(buffer.count, 3)
    buffer.truncate(to: 2)
    XCTAssertEqual(buffer.copy, [1, 2])
    buffer.truncate(to: -1)
    XCTAssertEqual(buffer.count, 0)
  }

  func testNothingIsOverwrittenBeyondTheEnds() throws {
    let buffer = try ByteBuffer.make([0, 1, 2, 3])
    try buffer.reserve(100)
    [UInt8]([8, 9]).withUnsafeBytes { two in
      for offset in [-1, 3, 4, 5, 50, Int.max, Int.min] { buffer.overwrite(offset, with: two) }
    }
    for offset in [-1, 4, 50, Int.max, Int.min] { buffer.overwrite(offset, with: 9) }
    XCTAssertEqual(buffer.copy, [0, 1, 2, 3])
    [UInt8]([8, 9]).withUnsafeBytes { two in buffer.overwrite(2, with: two) }
    buffer.overwrite(0, with: 7)
    XCTAssertEqual(buffer.copy, [7, 1, 8, 9])
  }

  func testItHoldsItsOwnBytesAlone() throws {
    let (buffer, other) = (try ByteBuffer.make([0, 1, 2, 3]), try ByteBuffer.make([0, 1, 2, 3]))
    XCTAssertTrue(buffer.holds(buffer.bytes))
    XCTAssertTrue(buffer.holds(buffer.bytes.part(3..<4)))
    XCTAssertFalse(buffer.holds(other.bytes))
    XCTAssertFalse(buffer.holds(UnsafeRawBufferPointer(start: nil, count: 0)))
    keepAlive(buffer)
    keepAlive(other)
  }

  func testMoreMemoryThanThereAreAddressesIsAnError() throws {
    assertError(.noMemory, try ByteBuffer.make(capacity: -1))
    let buffer = try ByteBuffer.make([1, 2, 3])
    assertError(.noMemory, try buffer.reserve(Int.max))
    assertError(.noMemory, try buffer.append(zeros: -1))
    assertError(.noMemory, try buffer.append(zeros: Int.max))
    XCTAssertEqual(buffer.copy, [1, 2, 3])
  }

  func testEqualityAndOrderAreThoseOfTheBytes() {
    let runs: [[UInt8]] = [[], [0], [0, 0], [0, 1], [1], [1, 0], [0x7f], [0x80], [0xff]]
    for (place, left) in runs.enumerated() {
      for (other, right) in runs.enumerated() {
        left.withUnsafeBytes { a in
          right.withUnsafeBytes { b in
            XCTAssertEqual(areEqual(a, b), place == other, "\(left) \(right)")
            XCTAssertEqual(areEqualInConstantTime(a, b), place == other, "\(left) \(right)")
            XCTAssertEqual(order(a, b).signum(), (place - other).signum(), "\(left) \(right)")
          }
        }
      }
    }
  }

  func testNoBytesAtNoAddressAreEqualToNoBytes() {
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    XCTAssertTrue(areEqual(none, none))
    XCTAssertEqual(order(none, none), 0)
    XCTAssertTrue(areEqualInConstantTime(none, none))
  }
}
