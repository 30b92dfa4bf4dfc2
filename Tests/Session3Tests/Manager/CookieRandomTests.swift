// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Random headers, held against a reader that splits the whole header into arrays.
final class CookieRandomTests: XCTestCase {
  private func naiveValues(of name: [UInt8], in header: [UInt8]) -> [[UInt8]] {
    let pieces = header.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    var end = -1
    var values: [[UInt8]] = []
    for piece in pieces {
      end += piece.count + 1
      if end > 8_192 { break }
      let halves = piece.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2, stripped(Array(halves[0])) == name else { continue }
      var value = stripped(Array(halves[1]))
      if value.count > 1, value.first == 0x22, value.last == 0x22 {
        value = Array(value[1..<value.count - 1])
      }
      values.append(value)
    }
    return values
  }

  private func stripped(_ bytes: [UInt8]) -> [UInt8] {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let front = Array(bytes.drop(while: isBlank))
    return Array(front.reversed().drop(while: isBlank).reversed())
  }

  private func assertSame(_ header: [UInt8]) -> Int {
    var found = 0
    for name: [UInt8] in [[], [0x61], [0x61, 0x62], [0x22], [0]] {
      let expected = naiveValues(of: name, in: header)
      XCTAssertEqual(values(of: name, in: header), expected, "\(name) in \(header.prefix(200))")
      found += expected.count
    }
    return found
  }

  func testRandomBytesOfCookies() {
    var random = SeededGenerator.announced()
    let letters = Array("aab;;; ==\t\"\"x".utf8) + [0, 0xff]
    var found = 0
    for _ in 0..<20_000 {
      let header = (0..<random.below(40)).map { _ in letters[random.below(letters.count)] }
      found += assertSame(header)
    }
    XCTAssertGreaterThan(found, 10_000)
  }

  func testRandomHeadersAboutTheLimit() {
    var random = SeededGenerator.announced()
    let pieces = ["a=1", "; ", ";", " ", "a", "=", "ab=\"2\"", "\"", "x", ";a=;"]
      .map { Array($0.utf8) }
    var found = 0
    for _ in 0..<200 {
      var header = Array("b=".utf8) + Array(repeating: 0x78, count: 8_150 + random.below(40))
      for _ in 0..<random.below(40) { header += pieces[random.below(pieces.count)] }
      found += assertSame(header)
    }
    XCTAssertGreaterThan(found, 200)
  }

  func testAnyBytesAtAll() {
    var random = SeededGenerator.announced()
    for _ in 0..<2_000 {
      _ = assertSame((0..<random.below(200)).map { _ in UInt8(random.below(256)) })
    }
  }
}
