// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// The reference vectors of SipHash-2-4: the key 00 01 ... 0f, over the first bytes 00 01 02 ...
final class SipHashTests: XCTestCase {
  private static let key: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)
  /// The hash of so many bytes, for the lengths from 0.
  private static let vectors: [UInt64] = [
    0x726f_db47_dd0e_0e31, 0x74f8_39c5_93dc_67fd, 0x0d6c_8009_d9a9_4f5a, 0x8567_6696_d7fb_7e2d,
    0xcf27_94e0_2771_87b7, 0x1876_5564_cd99_a68d, 0xcbc9_466e_58fe_e3ce, 0xab02_00f5_8b01_d137,
    0x93f5_f579_9a93_2462, 0x9e00_82df_0ba9_e4b0, 0x7a5d_bbc5_94dd_b9f3, 0xf4b3_2f46_226b_ada7,
    0x751e_8fbc_860e_e5fb, 0x14ea_5627_c084_3d90, 0xf723_ca90_8e7a_f2ee, 0xa129_ca61_49be_45e5,
  ]

  private func hash(_ bytes: [UInt8], key: (UInt64, UInt64)) -> UInt64 {
    bytes.withUnsafeBytes { SipHash.hash($0, key: key) }
  }

  func testTheReferenceVectors() {
    for (length, expected) in Self.vectors.enumerated() {
      XCTAssertEqual(hash((0..<length).map { UInt8($0) }, key: Self.key), expected, "\(length)")
    }
  }

  func testTheShortHashOfTheFormatsDescription() {
    let number = hash(Array("session".utf8), key: Self.key) >> 16
    XCTAssertEqual(hexadecimal(number, digits: 12), "76a3272351b3")
  }

  func testAnotherKeyHashesOtherwise() {
    let id = Array("session".utf8)
    XCTAssertNotEqual(hash(id, key: Self.key), hash(id, key: (Self.key.0, Self.key.1 ^ 1)))
    XCTAssertNotEqual(hash(id, key: Self.key), hash(id, key: (Self.key.0 ^ 1, Self.key.1)))
  }

  func testDigitsArePaddedAndLowerCase() {
    XCTAssertEqual(hexadecimal(0, digits: 12), "000000000000")
    XCTAssertEqual(hexadecimal(0xABC, digits: 12), "000000000abc")
    XCTAssertEqual(hexadecimal(UInt64.max, digits: 12), "ffffffffffff")
  }
}
