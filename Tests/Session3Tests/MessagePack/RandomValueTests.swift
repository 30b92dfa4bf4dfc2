// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Random values, in random forms, and damaged.
final class RandomValueTests: XCTestCase {
  func testAnyValueComesBackFromItsCanonicalForm() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<2_000 {
      let value = random.value()
      let bytes = try value.bytes
      XCTAssertEqual(try Value.decoded(bytes), value)
      XCTAssertTrue(try isCanonicalValue(bytes))
    }
  }

  func testAnyFormHasTheSameCanonicalForm() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<2_000 {
      let value = random.value()
      let loose = random.looseBytes(of: value)
      XCTAssertEqual(try canonicalValue(loose), try value.bytes, "\(loose)")
    }
  }

  func testDamagedBytesAreRefusedOrAreAnotherValue() throws {
    var random = SeededGenerator.announced()
    var refused = 0
    for _ in 0..<20_000 {
      let damaged = random.damaged(try random.value().bytes)
      do throws(StoreError) {
        let canonical = try canonicalValue(damaged)
        XCTAssertTrue(try isCanonicalValue(canonical), "\(damaged)")
        XCTAssertEqual(try canonicalValue(canonical), canonical, "\(damaged)")
      } catch {
        XCTAssertEqual(error.code, .value, "\(damaged)")
        XCTAssertLessThanOrEqual(error.offset ?? Int.max, damaged.count, "\(damaged)")
        refused += 1
      }
    }
    XCTAssertGreaterThan(refused, 1_000, "the damage was too gentle")
  }

  private func canonicalValue(_ bytes: [UInt8]) throws(StoreError) -> [UInt8] {
    try bytes.withBytes { (bytes) throws(StoreError) in
      try EncodedValue(bytes: bytes).canonical().copy
    }
  }

  private func isCanonicalValue(_ bytes: [UInt8]) throws(StoreError) -> Bool {
    try bytes.withBytes { (bytes) throws(StoreError) in
      var reader = MessagePackReader(bytes)
      try reader.check()
      return reader.isCanonical && reader.isAtEnd
    }
  }
}
