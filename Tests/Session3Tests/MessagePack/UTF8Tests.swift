// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// UTF-8 by table 3-7 of the Unicode standard.
final class UTF8Tests: XCTestCase {
  private static let wellFormed = [
    "", "00", "7f", "c280", "dfbf", "e0a080", "e0bfbf", "e18080", "ecbfbf", "ed8080", "ed9fbf",
    "ee8080", "efbfbf", "f0908080", "f0bfbfbf", "f1808080", "f3bfbfbf", "f4808080", "f48fbfbf",
  ]
  private static let illFormed = [
    // A continuation with nothing to continue.
    "80", "bf", "a0a0",
    // Longer than need be.
    "c080", "c0af", "c1bf", "e08080", "e09fbf", "f0808080", "f08fbfbf",
    // Surrogates.
    "eda080", "edafbf", "edb080", "edbfbf", "eda080edb080",
    // Beyond U+10FFFF.
    "f4908080", "f4bfbfbf", "f5808080", "f7bfbfbf", "f888808080", "fc8480808080", "fe", "ff",
    // Cut, or continued by something else.
    "c2", "c27f", "c2c0", "c241", "e1", "e180", "e1807f", "e180c0", "e17f80", "e1c080",
    "f1", "f180", "f18080", "f180807f", "f18080c0", "f1807f80", "f17f8080", "f1c08080",
  ]

  func testWellFormedTextIsValidAnywhere() {
    for sequence in Self.wellFormed {
      for offset in 0...9 {
        let text = Array(repeating: UInt8(ascii: "a"), count: offset) + hex(sequence)
        XCTAssertTrue(text.withUnsafeBytes { isValidUTF8($0) }, "\(sequence) at \(offset)")
        let longer = text + Array("and ten more".utf8)
        XCTAssertTrue(longer.withUnsafeBytes { isValidUTF8($0) }, "\(sequence) at \(offset)")
      }
    }
  }

  func testIllFormedTextIsInvalidAnywhere() {
    for sequence in Self.illFormed {
      for offset in 0...9 {
        let text = Array(repeating: UInt8(ascii: "a"), count: offset) + hex(sequence)
        XCTAssertFalse(text.withUnsafeBytes { isValidUTF8($0) }, "\(sequence) at \(offset)")
        let longer = text + Array("and ten more".utf8)
        XCTAssertFalse(longer.withUnsafeBytes { isValidUTF8($0) }, "\(sequence) at \(offset)")
      }
    }
  }

  func testAllShortSequencesAreJudgedAsBySwift() {
    for first in UInt8.min...UInt8.max {
      assertJudgedAlike([first])
      for second in UInt8.min...UInt8.max { assertJudgedAlike([first, second]) }
    }
  }

  func testSequencesAtTheEdgesAreJudgedAsBySwift() {
    let edges: [UInt8] = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]
    for first in UInt8(0xc0)...UInt8.max {
      for second in edges {
        for third in edges {
          assertJudgedAlike([first, second, third])
          for fourth in edges { assertJudgedAlike([first, second, third, fourth]) }
        }
      }
    }
  }

  private func assertJudgedAlike(_ bytes: [UInt8]) {
    let isValid = bytes.withUnsafeBytes { isValidUTF8($0) }
    if isValid != (String(validating: bytes, as: UTF8.self) != nil) {
      XCTFail("\(bytes) is judged as \(isValid)")
    }
  }
}
