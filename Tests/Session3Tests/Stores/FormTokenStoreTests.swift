// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A form token passes once, whatever else runs.
final class FormTokenStoreTests: XCTestCase {
  private func make(
    _ count: Int, in sessions: SessionRepository
  ) throws -> (id: SessionID, tokens: [String]) {
    let session = Session()
    let tokens = try (0..<count).map { _ in try session.makeFormToken() }
    try sessions.create(session)
    return (try XCTUnwrap(session.id), tokens)
  }

  func testATokenPassesOnce() throws {
    try onEachStore { sessions, store in
      let (id, tokens) = try make(3, in: sessions)
      XCTAssertTrue(try sessions.consumeFormToken(id, tokens[1]), store)
      XCTAssertFalse(try sessions.consumeFormToken(id, tokens[1]), store)
      XCTAssertTrue(try sessions.loaded(id).hasFormToken(tokens[0]), store)
      XCTAssertTrue(try sessions.consumeFormToken(id, tokens[0]), store)
      XCTAssertTrue(try sessions.consumeFormToken(id, tokens[2]), store)
      XCTAssertEqual(try sessions.loaded(id).payloadBytes, hex("80"), store)
    }
  }

  func testNoTokenAndNoSessionDoNotPass() throws {
    try onEachStore { sessions, store in
      let (id, _) = try make(1, in: sessions)
      let version = try XCTUnwrap(sessions.store.read(id)).version
      for token in ["", "x", String(repeating: "A", count: 22)] {
        XCTAssertFalse(try sessions.consumeFormToken(id, token), store)
      }
      XCTAssertEqual(try XCTUnwrap(sessions.store.read(id)).version, version, store)
      XCTAssertFalse(try sessions.consumeFormToken(SessionID.generate(), "x"), store)
    }
  }

  func testASaveBringsNoConsumedTokenBack() throws {
    try onEachStore { sessions, store in
      let (id, tokens) = try make(2, in: sessions)
      let copy = try sessions.loaded(id)
      XCTAssertTrue(try sessions.consumeFormToken(id, tokens[0]), store)
      let fresh = try copy.makeFormToken()
      try copy.set("a", to: 1)
      try sessions.save(copy)
      XCTAssertFalse(try sessions.consumeFormToken(id, tokens[0]), store)
      XCTAssertTrue(try sessions.consumeFormToken(id, tokens[1]), store)
      XCTAssertTrue(try sessions.consumeFormToken(id, fresh), store)
    }
  }

  func testTokensOfTwoCopiesAreAllOutstanding() throws {
    try onEachStore { sessions, store in
      let (id, _) = try make(0, in: sessions)
      let copies = [try sessions.loaded(id), try sessions.loaded(id)]
      let tokens = try copies.map { try $0.makeFormToken() }
      for copy in copies { try sessions.save(copy) }
      for token in tokens { XCTAssertTrue(try sessions.consumeFormToken(id, token), store) }
    }
  }
}
