// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class SessionDescriptionTests: XCTestCase {
  private func session(
    _ fields: Value, created: Int64 = 0, accessed: Int64 = 0
  ) throws -> Session {
    let id = try SessionID.generate()
    let record = try Record.sealed(
      payload(fields), for: id, created: created, accessed: accessed)
    return Session(id: id, record: record)
  }

  func testItShowsUserAddressTimesAndKindsOfAttributes() throws {
    let session = try session(
      [
        "user": "ada", "remote_address": "127.0.0.1",
        "attributes": [
          "a": nil, "b": true, "c": -7, "d": .uint(UInt64.max), "e": 1.5, "f": "äb",
          "g": .binary([1, 2]), "h": .timestamp(Timestamp(microseconds: 0)), "i": [1, 2, 3],
          "j": ["x": 1],
        ],
      ], created: 1_767_323_045_678_901, accessed: 1_767_323_105_000_000)
    XCTAssertEqual(
      session.description,
      "session (user ada), remote address 127.0.0.1, created 2026-01-02T03:04:05Z, "
        + "last accessed 2026-01-02T03:05:05Z, attributes: a nil, b bool, c int, d int, "
        + "e double, f text(3), g binary(2), h timestamp, i array(3), j map(1)")
  }

  func testAnEmptySessionHasNoUser() throws {
    XCTAssertEqual(
      try session([:]).description,
      "session (no user), created 1970-01-01T00:00:00Z, last accessed 1970-01-01T00:00:00Z")
  }

  func testIDTokensAndContentsAreNeverShown() throws {
    let session = try session([
      "user": "ada",
      "attributes": ["note": "hush-text", "list": ["hush-list"], "map": ["hush-key": "hush"]],
    ])
    let secrets = [
      try XCTUnwrap(session.id).text, try session.makeFormToken(), try session.makeCSRFToken(),
    ]
    let text = session.description
    for secret in secrets + ["hush"] { XCTAssertFalse(text.contains(secret), text) }
    XCTAssertFalse(text.contains("token"), text)
  }

  func testAUserIsShownByItsTypeUnlessItIsTextOrAnInteger() throws {
    let cases: [(Value, String)] = [
      (0, "0"), (-12, "-12"), (.int(Int64.min), "-9223372036854775808"),
      (.uint(UInt64.max), "18446744073709551615"), (true, "bool"), (1.5, "double"),
      (["id": 7], "map(1)"), ([1, 2], "array(2)"), (.binary([7]), "binary(1)"), ("", ""),
    ]
    for (user, shown) in cases {
      let text = try session(["user": user]).description
      XCTAssertTrue(text.hasPrefix("session (user \(shown)), created"), text)
    }
  }

  func testWhatAVisitorSentStaysOnOneLine() throws {
    let text = try session([
      "user": "a\nb\r\u{1b}[31m\0\u{7f}", "remote_address": "\t1",
      "attributes": ["k\n": 1],
    ]).description
    XCTAssertTrue(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, text)
    XCTAssertTrue(text.hasPrefix("session (user a?b??[31m??), remote address ?1,"), text)
  }

  func testWhatSomeReadersTakeForTheEndOfALineIsNotShown() throws {
    let text = try session(["user": "a\u{85}b\u{2028}c\u{2029}d\u{9f}e\u{80}"]).description
    XCTAssertTrue(text.hasPrefix("session (user a?b?c?d?e?),"), text)
    for shown in ["\u{a0}", "é", "\u{2027}", "\u{202a}", "€", "😀", "\u{e2}"] {
      let text = try session(["user": .text(shown)]).description
      XCTAssertTrue(text.hasPrefix("session (user \(shown)),"), text)
    }
  }

  func testTimesOfAnyYearAreShown() throws {
    let cases: [(Int64, String)] = [
      (-1, "1969-12-31T23:59:59Z"), (951_782_400_000_000, "2000-02-29T00:00:00Z"),
      (4_107_542_399_999_999, "2100-02-28T23:59:59Z"),
      (4_107_542_400_000_000, "2100-03-01T00:00:00Z"),
      (4_294_967_296_000_000, "2106-02-07T06:28:16Z"),
      (253_402_300_800_000_000, "10000-01-01T00:00:00Z"),
      (-62_135_596_800_000_000, "0001-01-01T00:00:00Z"),
      (-62_167_219_200_000_001, "-0001-12-31T23:59:59Z"),
      (Int64.max, "294247-01-10T04:00:54Z"), (Int64.min, "-290308-12-21T19:59:05Z"),
    ]
    for (time, shown) in cases {
      let text = try session([:], created: time).description
      XCTAssertTrue(text.contains("created \(shown),"), "\(time): \(text)")
    }
  }
}
