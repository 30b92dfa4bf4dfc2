// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class SessionIDTests: XCTestCase {
  func testGeneratedIDsFitTheGrammarAndDiffer() throws {
    var seen: Set<SessionID> = []
    for _ in 0..<1_000 {
      let id = try SessionID.generate()
      XCTAssertEqual(id.count, 22)
      XCTAssertNotNil(SessionID(id.text))
      XCTAssertTrue(seen.insert(id).inserted)
    }
  }

  func testEachByteOfTheGrammarAndNoOther() {
    let grammar = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-".utf8)
    for byte in UInt8.min...UInt8.max {
      for length in [1, 2, 7, 8, 9, 16, 22, 128] {
        for position in [0, 1, 6, 7, 8, 15, length / 2, length - 2, length - 1]
        where 0..<length ~= position {
          var bytes = [UInt8](repeating: UInt8(ascii: "A"), count: length)
          bytes[position] = byte
          let isID = bytes.withUnsafeBytes { SessionID($0) != nil }
          XCTAssertEqual(isID, grammar.contains(byte), "\(byte) at \(position) of \(length)")
        }
      }
    }
  }

  func testWhatIsNoIDIsRefused() {
    let paths = ["", "../x", "/etc/passwd", ".session3", ".", ".."]
    for text in paths + ["a b", "a\0", "\0a", "a\n", "é"] { XCTAssertNil(SessionID(text), text) }
  }

  func testAnIDHas1To128Characters() {
    XCTAssertNil(SessionID(""))
    XCTAssertEqual(SessionID("a")?.text, "a")
    let longest = String(repeating: "a", count: 128)
    XCTAssertEqual(SessionID(longest)?.text, longest)
    XCTAssertNil(SessionID(longest + "a"))
    XCTAssertNil(SessionID(String(repeating: "a", count: 100_000)))
  }

  func testNoMemoryIsNoID() {
    XCTAssertNil(SessionID(UnsafeRawBufferPointer(start: nil, count: 0)))
  }

  func testANULFollowsItsBytes() throws {
    for length in [1, 22, 127, 128] {
      let text = String(repeating: "x", count: length)
      let id = try XCTUnwrap(SessionID(text))
      XCTAssertEqual(id.withCString { String(cString: $0) }, text)
      XCTAssertEqual(try id.cText().copy, Array(text.utf8) + [0])
    }
  }

  func testEqualIDsAreEqualKeys() throws {
    let (a, again, longer) = (SessionID("a"), SessionID("a"), SessionID("aa"))
    XCTAssertEqual(a, again)
    XCTAssertEqual(Set([a, again, longer]).count, 2)
    XCTAssertNotEqual(a, SessionID("A"))
    XCTAssertNotEqual(a, longer)
  }
}
