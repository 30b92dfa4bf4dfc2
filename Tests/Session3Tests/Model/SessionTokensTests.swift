// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Form tokens and the csrf token of a session in memory.
final class SessionTokensTests: XCTestCase {
  private func remove(_ token: String, from session: Session) throws -> Bool {
    try token.withBytes { (token) throws(StoreError) in try session.removeFormToken(token) }
  }

  func testATokenIsOutstandingUntilItIsRemoved() throws {
    let session = Session()
    let token = try session.makeFormToken()
    XCTAssertEqual(token.utf8.count, 22)
    XCTAssertTrue(try session.hasFormToken(token))
    XCTAssertFalse(try session.hasFormToken(String(token.dropLast())))
    XCTAssertFalse(try session.hasFormToken(""))
    XCTAssertTrue(try remove(token, from: session))
    XCTAssertFalse(try session.hasFormToken(token))
    XCTAssertFalse(try remove(token, from: session))
    XCTAssertEqual(session.payloadBytes, hex("80"))
  }

  func testTheOldestOf33TokensIsForgotten() throws {
    let session = Session()
    let tokens = try (0..<33).map { _ in try session.makeFormToken() }
    XCTAssertEqual(Set(tokens).count, 33)
    XCTAssertFalse(try session.hasFormToken(tokens[0]))
    for token in tokens.dropFirst() { XCTAssertTrue(try session.hasFormToken(token)) }
  }

  func testTokensAreRemovedInAnyOrder() throws {
    let session = Session()
    var tokens = try (0..<20).map { _ in try session.makeFormToken() }
    for token in tokens.shuffled() {
      XCTAssertTrue(try remove(token, from: session))
      tokens.removeAll { $0 == token }
      for other in tokens { XCTAssertTrue(try session.hasFormToken(other)) }
    }
    XCTAssertEqual(session.payloadBytes, hex("80"))
  }

  func testThereIsOneCSRFToken() throws {
    let session = Session()
    XCTAssertFalse(try session.isCSRFToken(""))
    XCTAssertFalse(try session.isCSRFToken("x"))
    let token = try session.makeCSRFToken()
    XCTAssertEqual(token.utf8.count, 22)
    XCTAssertEqual(try session.makeCSRFToken(), token)
    XCTAssertTrue(try session.isCSRFToken(token))
    XCTAssertFalse(try session.isCSRFToken(String(token.reversed()) + "x"))
    XCTAssertNotEqual(try Session().makeCSRFToken(), token)
  }

  func testACSRFTokenOfAnotherLengthIsAnotherType() throws {
    for text in ["", "short", String(repeating: "x", count: 23)] {
      let session = Session()
      try payload(["csrf_token": .text(text)]).withBytes { (bytes) throws(StoreError) in
        try session.setPayload(bytes)
      }
      assertError(.type, try session.makeCSRFToken(), text)
      XCTAssertTrue(try session.isCSRFToken(text))
    }
  }
}
