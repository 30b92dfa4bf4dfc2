// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A policy that differs from the default as `change` says.
func cookiePolicy(_ change: (inout CookiePolicy) -> Void = { _ in }) -> CookiePolicy {
  var policy = CookiePolicy()
  change(&policy)
  return policy
}

final class CookiePolicyTests: XCTestCase {
  private func assertKept(
    file: StaticString = #filePath, line: UInt = #line, _ change: (inout CookiePolicy) -> Void
  ) {
    let policy = cookiePolicy(change)
    XCTAssertNoThrow(try policy.check(), "\(policy)", file: file, line: line)
  }

  private func assertRefused(
    _ rule: String, file: StaticString = #filePath, line: UInt = #line,
    _ change: (inout CookiePolicy) -> Void
  ) {
    let policy = cookiePolicy(change)
    let error = assertError(.invalid, try policy.check(), "\(policy)", file: file, line: line)
    let cause = error.map { $0.cause } ?? ""
    XCTAssertTrue(cause.contains(rule), "\(cause): \(policy)", file: file, line: line)
  }

  func testTheDefaultsAreKept() throws {
    let policy = CookiePolicy()
    try policy.check()
    XCTAssertEqual([policy.name, policy.path, policy.domain], ["session3", "/", nil])
    XCTAssertEqual(
      [policy.isSecure, policy.isHTTPOnly, policy.isPartitioned], [false, true, false])
    XCTAssertEqual(policy.sameSite, .lax)
  }

  func testANameIsATokenOfRFC9110() {
    let token = Set(
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    for byte in UInt8(0)..<128 {
      let character = String(UnicodeScalar(byte))
      for name in [character, "a" + character, character + "a"] {
        if token.contains(byte) {
          assertKept { $0.name = name }
        } else {
          assertRefused("name is no token") { $0.name = name }
        }
      }
    }
    for name in ["", "é", "a\u{301}", "\u{fffd}"] {
      assertRefused("name is no token") { $0.name = name }
    }
  }

  func testAPathBeginsWithASlash() {
    for path in ["/", "/app", "/a b/c=d,\"e\"", "//", "/%3B"] { assertKept { $0.path = path } }
    for path in ["", "app", " /", "\\", ";/"] {
      assertRefused("path does not begin with a slash") { $0.path = path }
    }
  }

  func testAPathHasNoControlCharacterSemicolonOrNonASCII() {
    for byte in UInt8(0)..<128 {
      let path = "/a" + String(UnicodeScalar(byte)) + "b"
      if byte < 0x20 || byte == 0x7f || byte == UInt8(ascii: ";") {
        assertRefused("path has a control character") { $0.path = path }
      } else {
        assertKept { $0.path = path }
      }
    }
    for path in ["/é", "/\u{fffd}", "/\u{85}", "/x;", "/\r\nSet-Cookie: a=b"] {
      assertRefused("path has a control character") { $0.path = path }
    }
  }

  func testADomainIsAHostName() {
    let label = String(repeating: "a", count: 63)
    let longest = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
    XCTAssertEqual(longest.utf8.count, 253)
    for domain in [
      "example.com", ".example.com", "EXAMPLE.com", "localhost", "a", "1.a", "127.0.0.1",
      "xn--4ca.eu", "a--b.c", label + ".com", longest, "." + longest,
    ] {
      assertKept { $0.domain = domain }
    }
    for domain in [
      "", ".", "..a", "a..b", "a.", ".a.", "-a.com", "a-.com", "a.-b", "a.b-", "a_b.com", "a b",
      "a.com;", "a.com:80", "http://a", "[::1]", "é.com", "a\0b", "a\n", " a", label + "a.com",
      longest + "b",
    ] {
      assertRefused("domain is no host name") { $0.domain = domain }
    }
  }

  func testNameAndPathHaveUpTo1024Bytes() {
    let longest = String(repeating: "a", count: 1_024)
    assertKept { $0.name = longest }
    assertKept { $0.path = "/" + longest.dropLast() }
    assertRefused("longer than 1,024 bytes") { $0.name = longest + "a" }
    assertRefused("longer than 1,024 bytes") { $0.path = "/" + longest }
    assertRefused("longer than 1,024 bytes") { $0.domain = longest + "a" }
    assertRefused("domain is no host name") { $0.domain = longest }
  }

  func testSameSiteNoneNeedsSecure() {
    assertRefused("SameSite=None must be Secure") { $0.sameSite = .none }
    assertKept { ($0.sameSite, $0.isSecure) = (.none, true) }
    for sameSite in [CookiePolicy.SameSite.lax, .strict, .unset] {
      assertKept { $0.sameSite = sameSite }
      assertKept { ($0.sameSite, $0.isSecure) = (sameSite, true) }
    }
  }

  func testPartitionedNeedsSecure() {
    assertRefused("Partitioned cookie must be Secure") { $0.isPartitioned = true }
    assertKept { ($0.isPartitioned, $0.isSecure) = (true, true) }
  }

  /// A secure policy of that name, changed.
  private func assertSecure(
    named name: String, isKept: Bool, file: StaticString = #filePath, line: UInt = #line,
    _ change: @escaping (inout CookiePolicy) -> Void
  ) {
    let whole = { (policy: inout CookiePolicy) in
      (policy.name, policy.isSecure) = (name, true)
      change(&policy)
    }
    if isKept {
      assertKept(file: file, line: line, whole)
    } else {
      assertRefused("cookie", file: file, line: line, whole)
    }
  }

  func testPrefixesAreHeldToTheirPromises() {
    // prefix, and whether it bears: no Secure, a domain, another path, scripts
    let prefixes: [(String, Bool, Bool, Bool, Bool)] = [
      ("__Secure-", false, true, true, true),
      ("__Host-", false, false, false, true),
      ("__Http-", false, true, true, false),
      ("__Host-Http-", false, false, false, false),
      ("__Secure", true, true, true, true),
      ("__Host", true, true, true, true),
      ("__Http", true, true, true, true),
      ("__Host-Http", false, false, false, true),
      ("_Host-", true, true, true, true),
      ("x__Host-", true, true, true, true),
      ("Host-", true, true, true, true),
    ]
    for (prefix, open, domain, path, scripts) in prefixes {
      for written in [prefix, prefix.lowercased(), prefix.uppercased()] {
        for name in [written + "id", written] {
          assertSecure(named: name, isKept: true) { _ in }
          assertSecure(named: name, isKept: open) { $0.isSecure = false }
          assertSecure(named: name, isKept: domain) { $0.domain = "example.com" }
          assertSecure(named: name, isKept: path) { $0.path = "/app" }
          assertSecure(named: name, isKept: path) { $0.path = "//" }
          assertSecure(named: name, isKept: scripts) { $0.isHTTPOnly = false }
        }
      }
    }
  }

  func testTheRuleOfAPrefixIsNamed() {
    assertRefused("prefix must be Secure") { $0.name = "__Host-id" }
    assertRefused("path / and no domain") {
      ($0.name, $0.isSecure, $0.path) = ("__Host-id", true, "/a")
    }
    assertRefused("must be HttpOnly") {
      ($0.name, $0.isSecure, $0.isHTTPOnly) = ("__Http-id", true, false)
    }
  }
}
