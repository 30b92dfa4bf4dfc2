// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class CookieSetTests: XCTestCase {
  private let second: Int64 = 1_000_000
  private let day: Int64 = 86_400_000_000

  private func header(
    _ policy: CookiePolicy = CookiePolicy(), lifetime: Int64 = 0, now: Int64 = 0
  ) throws -> String {
    let id = try XCTUnwrap(SessionID("some_id-1"))
    let header = try SetCookie.header(policy, id, lifetime: lifetime, now: now)
    return String(decoding: header.copy, as: UTF8.self)
  }

  private func revocation(_ policy: CookiePolicy = CookiePolicy()) throws -> String {
    String(decoding: try SetCookie.revocation(policy).copy, as: UTF8.self)
  }

  /// What a header that was made at `now`, and lives a second, says of its end.
  private func expires(_ now: Int64) throws -> String {
    let parts = try header(lifetime: second, now: now).components(separatedBy: "; ")
    XCTAssertEqual(parts[1], "Max-Age=1")
    return parts[2]
  }

  func testACookieWithoutALifetimeEndsWithTheBrowser() throws {
    XCTAssertEqual(try header(), "session3=some_id-1; Path=/; HttpOnly; SameSite=Lax")
  }

  func testAPersistentCookieHasMaxAgeAndExpires() throws {
    XCTAssertEqual(
      try header(lifetime: 30 * day, now: 1_767_323_045_678_901),
      "session3=some_id-1; Max-Age=2592000; Expires=Sun, 01 Feb 2026 03:04:05 GMT; Path=/; "
        + "HttpOnly; SameSite=Lax")
  }

  func testAllAttributesHaveTheirOrder() throws {
    let policy = cookiePolicy {
      ($0.name, $0.domain, $0.path, $0.sameSite) = ("__Http-id", "example.com", "/app", .none)
      ($0.isSecure, $0.isPartitioned) = (true, true)
    }
    try policy.check()
    XCTAssertEqual(
      try header(policy, lifetime: 60 * second),
      "__Http-id=some_id-1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:01:00 GMT; "
        + "Domain=example.com; Path=/app; Secure; HttpOnly; SameSite=None; Partitioned")
  }

  func testAScriptableCookieOfAnUnsetSameSiteHasItsPathAlone() throws {
    let policy = cookiePolicy { ($0.isHTTPOnly, $0.sameSite) = (false, .unset) }
    XCTAssertEqual(try header(policy), "session3=some_id-1; Path=/")
  }

  func testTheLeadingDotOfADomainIsLeftOut() throws {
    let policy = cookiePolicy { $0.domain = ".example.com" }
    let whole = try header(policy)
    XCTAssertTrue(whole.contains("; Domain=example.com; "), whole)
  }

  func testTheLongestTextsAndIDAreWrittenWhole() throws {
    let name = String(repeating: "n", count: 1_024)
    let path = "/" + String(repeating: "p", count: 1_023)
    let id = String(repeating: "i", count: 128)
    let header = try SetCookie.header(
      cookiePolicy { ($0.name, $0.path) = (name, path) }, XCTUnwrap(SessionID(id)), lifetime: 0,
      now: 0)
    XCTAssertEqual(
      String(decoding: header.copy, as: UTF8.self),
      "\(name)=\(id); Path=\(path); HttpOnly; SameSite=Lax")
  }

  func testALifetimeIsRoundedDownToSecondsAndAtLeastOne() throws {
    let cases: [(Int64, Int)] = [
      (1, 1), (second / 2, 1), (second - 1, 1), (second, 1), (2 * second - 1, 1), (2 * second, 2),
      (400 * day - 1, 34_559_999), (400 * day, 34_560_000), (400 * day + second, 34_560_000),
      (401 * day, 34_560_000), (Int64.max, 34_560_000),
    ]
    for (lifetime, age) in cases {
      let whole = try header(lifetime: lifetime)
      XCTAssertTrue(whole.contains("; Max-Age=\(age); Expires="), "\(lifetime): \(whole)")
    }
    XCTAssertTrue(try header(lifetime: 401 * day).contains("Expires=Fri, 05 Feb 1971 00:00:00 GMT"))
  }

  func testANegativeLifetimeIsRefused() {
    for lifetime in [-1, -second, Int64.min] {
      assertError(.invalid, try header(lifetime: lifetime))
    }
  }

  func testExpiresIsAnIMFFixdate() throws {
    // The seconds are one more than those of now.
    let cases: [(Int64, String)] = [
      (-1, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (-1 * 1_000_000, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (0, "Thu, 01 Jan 1970 00:00:01 GMT"),
      (999_999, "Thu, 01 Jan 1970 00:00:01 GMT"),
      (-86_400 * 1_000_000, "Wed, 31 Dec 1969 00:00:01 GMT"),
      (784_111_776 * 1_000_000, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (951_782_399 * 1_000_000, "Tue, 29 Feb 2000 00:00:00 GMT"),
      (951_868_798 * 1_000_000, "Tue, 29 Feb 2000 23:59:59 GMT"),
      (951_868_799 * 1_000_000, "Wed, 01 Mar 2000 00:00:00 GMT"),
      (1_709_164_799 * 1_000_000, "Thu, 29 Feb 2024 00:00:00 GMT"),
      (4_107_542_399 * 1_000_000, "Mon, 01 Mar 2100 00:00:00 GMT"),
      (253_402_300_798 * 1_000_000, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ]
    for (now, date) in cases { XCTAssertEqual(try expires(now), "Expires=" + date) }
  }

  func testDatesWithoutFourDigitsOfAYearAreTheNearestThatHaveThem() throws {
    let last = "Expires=Fri, 31 Dec 9999 23:59:59 GMT"
    XCTAssertEqual(try expires(253_402_300_799 * second), last)
    XCTAssertEqual(try expires(Int64.max), last)
    let first = "Expires=Sat, 01 Jan 0000 00:00:00 GMT"
    XCTAssertEqual(try expires(-62_167_219_201 * second), first)
    XCTAssertEqual(try expires(-62_167_219_300 * second), first)
    XCTAssertEqual(try expires(Int64.min), first)
  }

  func testRandomDatesAreThoseOfFoundation() throws {
    var random = SeededGenerator.announced()
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(secondsFromGMT: 0)
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    for _ in 0..<2_000 {
      // From 1601 to 9999, where both calendars are the same.
      let moment = Int64.random(in: -11_644_473_600...253_402_300_798, using: &random)
      let date = format.string(from: Date(timeIntervalSince1970: Double(moment + 1)))
      XCTAssertEqual(try expires(moment * second), "Expires=" + date)
    }
  }

  /// Every combination of attributes that `check` takes.
  private func forEachPolicy(_ body: (CookiePolicy) throws -> Void) rethrows -> Int {
    var count = 0
    for bits in 0..<64 {
      for sameSite in [CookiePolicy.SameSite.lax, .strict, .none, .unset] {
        let policy = cookiePolicy {
          $0.name = bits & 1 == 0 ? "session3" : "id"
          $0.path = bits & 2 == 0 ? "/" : "/app"
          $0.domain = bits & 4 == 0 ? nil : "example.com"
          $0.isSecure = bits & 8 == 0
          $0.isHTTPOnly = bits & 16 == 0
          $0.isPartitioned = bits & 32 == 0
          $0.sameSite = sameSite
        }
        guard (try? policy.check()) != nil else { continue }
        count += 1
        try body(policy)
      }
    }
    return count
  }

  func testARevocationRepeatsAllAttributes() throws {
    let count = try forEachPolicy { policy in
      let set = try header(policy)
      let attributes = set.dropFirst("\(policy.name)=some_id-1".count)
      XCTAssertEqual(
        try revocation(policy),
        "\(policy.name)=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT\(attributes)")
    }
    // Secure: 4 SameSite, Partitioned or not; else 3, not partitioned; times name, path, domain,
    // HttpOnly.
    XCTAssertEqual(count, (8 + 3) * 16)
  }

  func testWhatIsSetIsReadBack() throws {
    _ = try forEachPolicy { policy in
      let pair = try header(policy, lifetime: day).prefix { $0 != ";" }
      let request = Array("other=1; \(pair); x\(pair)".utf8)
      XCTAssertEqual(values(of: Array(policy.name.utf8), in: request), [Array("some_id-1".utf8)])
      let gone = try revocation(policy).prefix { $0 != ";" }
      XCTAssertEqual(values(of: Array(policy.name.utf8), in: Array(gone.utf8)), [[]])
    }
  }

  func testEveryTokenIsANameThatIsReadBack() throws {
    let names = "!#$%&'*+-.^_`|~09azAZ".map { String($0) } + ["!#$%&'*+-.^_`|~"]
    for name in names {
      let policy = cookiePolicy { $0.name = name }
      try policy.check()
      let pair = try header(policy).prefix { $0 != ";" }
      XCTAssertEqual(values(of: Array(name.utf8), in: Array(pair.utf8)), [Array("some_id-1".utf8)])
    }
  }
}
