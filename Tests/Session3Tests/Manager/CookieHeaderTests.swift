// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// All values of a cookie, in their order.
func values(of name: [UInt8], in header: [UInt8]) -> [[UInt8]] {
  header.withUnsafeBytes { header in
    name.withUnsafeBytes { name in
      var cookies = CookieHeader(header)
      var values: [[UInt8]] = []
      while let value = cookies.next(named: name) { values.append(Array(value)) }
      return values
    }
  }
}

final class CookieHeaderTests: XCTestCase {
  private func values(of name: String = "a", in header: String) -> [String] {
    Session3Tests.values(of: Array(name.utf8), in: Array(header.utf8)).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  func testValuesAreReadLeniently() {
    let cases: [(header: String, values: [String])] = [
      ("a=1", ["1"]),
      ("a=1;", ["1"]),
      ("a=1; b=2", ["1"]),
      ("b=2; a=1", ["1"]),
      ("b=2;a=1", ["1"]),
      ("a=", [""]),
      ("a=;a=", ["", ""]),
      // Blanks.
      ("  a = 1  ; b", ["1"]),
      ("\ta\t=\t1\t", ["1"]),
      ("a=1 2", ["1 2"]),
      ("a= ", [""]),
      ("a\u{b}=1", []),
      ("a=1\r\n", ["1\r\n"]),
      // Several of one name.
      ("a=1; a=2; b=3; a=1", ["1", "2", "1"]),
      // One pair of quotes.
      ("a=\"1\"", ["1"]),
      ("a=\"\"", [""]),
      ("a=\"", ["\""]),
      ("a=\"1", ["\"1"]),
      ("a=1\"", ["1\""]),
      ("a=\"\"1\"\"", ["\"1\""]),
      ("a=\"\"\"", ["\""]),
      ("a= \" 1 \" ", [" 1 "]),
      ("a='1'", ["'1'"]),
      ("\"a\"=1", []),
      ("a=\"1;2\"", ["\"1"]),
      // What has no = is passed over.
      ("a", []),
      ("a;a=1", ["1"]),
      ("a; b; a=1; a", ["1"]),
      ("", []),
      (";;;", []),
      (";;;a=1;;;", ["1"]),
      (" ; ;\t; a=1", ["1"]),
      // The first = parts name and value.
      ("a=b=c", ["b=c"]),
      ("a==", ["="]),
      ("b=a=1", []),
      // No name.
      ("=1", []),
      ("=a=1", []),
      ("=", []),
      // Names are compared byte by byte.
      ("A=1", []),
      ("xa=1; ax=2; a.=3; a b=4; b a=5", []),
      ("a\0=1; \0a=2", []),
      ("$Version=1; a=1; $Path=/", ["1"]),
      ("a,b=1, a=2", []),
    ]
    for (header, expected) in cases { XCTAssertEqual(values(in: header), expected, header) }
  }

  func testNamesThatBeginOrEndLikeTheCookiesAreOthers() {
    let header = "xsession3=1; session3x=2; Session3=3; session=4; session3=5; session33=6"
    XCTAssertEqual(values(of: "session3", in: header), ["5"])
    XCTAssertEqual(values(of: "$Version", in: "$Version=1; a=2"), ["1"])
  }

  func testANameOfNoBytesFindsCookiesWithoutAName() {
    XCTAssertEqual(values(of: "", in: "=1; a=2; = 3; b; ;"), ["1", "3"])
  }

  func testAnyBytesCanBeAValue() {
    let bytes = (UInt8.min...UInt8.max).filter { $0 != UInt8(ascii: ";") }
    for byte in bytes {
      let value = [0x78, byte, 0x78]
      XCTAssertEqual(Session3Tests.values(of: [0x61], in: [0x61, 0x3d] + value), [value])
    }
    XCTAssertEqual(Session3Tests.values(of: [0, 0xff], in: [0, 0xff, 0x3d, 0]), [[0]])
  }

  func testNoMemoryIsNoCookie() {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    var header = CookieHeader(nothing)
    XCTAssertNil(header.next(named: nothing))
  }

  func testValuesAreBorrowedFromTheHeader() {
    let header = Array("b=1; a=23; a=".utf8)
    header.withUnsafeBytes { header in
      [UInt8(ascii: "a")].withUnsafeBytes { name in
        var cookies = CookieHeader(header)
        let value = cookies.next(named: name)
        XCTAssertEqual(value?.baseAddress, header.baseAddress.map { $0 + 7 })
        XCTAssertEqual(value?.count, 2)
        let empty = cookies.next(named: name)
        XCTAssertEqual(empty?.baseAddress, header.baseAddress.map { $0 + 13 })
        XCTAssertEqual(empty?.count, 0)
      }
    }
  }

  func testTheSearchGoesOnWhereItStopped() throws {
    let header = Array("a=1; b=2; a=3; a=4".utf8)
    header.withUnsafeBytes { header in
      [UInt8(ascii: "a")].withUnsafeBytes { name in
        var found: [UInt8] = []
        var position = 0
        while true {
          var cookies = CookieHeader(header, position: position)
          guard let value = cookies.next(named: name) else { break }
          found += Array(value)
          XCTAssertGreaterThan(cookies.position, position)
          position = cookies.position
        }
        XCTAssertEqual(found, Array("134".utf8))
      }
    }
  }

  func testAPositionOutsideTheHeaderFindsNothing() {
    let header = Array("a=1; a=2".utf8)
    header.withUnsafeBytes { header in
      [UInt8(ascii: "a")].withUnsafeBytes { name in
        for position in [header.count, header.count + 1, 8_193, Int.max, -1, Int.min] {
          var cookies = CookieHeader(header, position: position)
          XCTAssertNil(cookies.next(named: name), "\(position)")
        }
      }
    }
  }

  /// A header in which a cookie of two bytes ends at `end`, and `tail` follows.
  private func header(end: Int, tail: String) -> String {
    "x=" + String(repeating: "-", count: end - 7) + "; a=1" + tail
  }

  func testACookieThatEndsBeyondTheLimitIsNotSeen() {
    let limit = CookieHeader.maximumLength
    XCTAssertEqual(limit, 8_192)
    for tail in ["", ";", "; a=2", String(repeating: ";", count: 100_000)] {
      XCTAssertEqual(values(in: header(end: limit, tail: tail)), ["1"], String(tail.prefix(8)))
      XCTAssertEqual(values(in: header(end: limit + 1, tail: tail)), [], String(tail.prefix(8)))
    }
    XCTAssertEqual(values(in: header(end: limit, tail: "1")), [])
    XCTAssertEqual(values(in: header(end: limit - 1, tail: "1")), ["11"])
    XCTAssertEqual(values(in: header(end: limit, tail: ";a=2")), ["1"])
    XCTAssertEqual(values(in: header(end: limit - 4, tail: ";a=2")), ["1", "2"])
    XCTAssertEqual(values(in: header(end: limit - 3, tail: ";a=2")), ["1"])
  }

  func testOfALongHeaderTheBeginningIsSeen() {
    let long = String(repeating: "b=2; ", count: 20_000)
    XCTAssertEqual(long.utf8.count, 100_000)
    XCTAssertEqual(values(in: long + "a=1"), [])
    XCTAssertEqual(values(in: "a=1; " + long), ["1"])
    XCTAssertEqual(values(in: "a=" + String(repeating: "1", count: 100_000)), [])
    XCTAssertEqual(values(in: String(repeating: " ", count: 100_000)), [])
    XCTAssertEqual(values(in: String(repeating: "a=", count: 50_000)), [])
  }

  func testAThousandCookiesAreAllFound() {
    let numbers = (0..<1_000).map { String($0) }
    let header = numbers.map { "a=" + $0 }.joined(separator: "; ")
    XCTAssertLessThan(header.utf8.count, CookieHeader.maximumLength)
    XCTAssertEqual(values(in: header), numbers)
    for name in ["0", "500", "999"] {
      XCTAssertEqual(
        values(of: name, in: numbers.map { $0 + "=" + $0 }.joined(separator: ";")), [name])
    }
  }
}
