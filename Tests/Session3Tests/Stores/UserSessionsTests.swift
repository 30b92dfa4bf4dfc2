// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// "Log out everywhere".
final class UserSessionsTests: XCTestCase {
  func testTheUsersSessionsAreDeletedButOne() throws {
    try onEachStore { sessions, store in
      let mine = try (0..<4).map { _ in try sessions.make(["a": 1], user: "ada") }
      let others = [
        try sessions.make(user: "bob"), try sessions.make(user: "adam"),
        try sessions.make(user: "ad"),
        try sessions.make(), try sessions.make(["user": "ada"]), try sessions.make(user: ["ada"]),
      ]
      XCTAssertEqual(try sessions.deleteSessions(ofUser: "ada", except: mine[2]), 3, store)
      XCTAssertEqual(Set(try sessions.allIDs()), Set(others + [mine[2]]), store)
      XCTAssertEqual(try sessions.deleteSessions(ofUser: "ada"), 1, store)
      XCTAssertEqual(try sessions.deleteSessions(ofUser: "ada"), 0, store)
    }
  }

  func testAUserOfAnyTypeIsComparedWhole() throws {
    try onEachStore { sessions, store in
      let users: [Value] = [7, "7", .uint(UInt64.max), ["id": 7], [7], true, .binary([7])]
      for user in users { _ = try sessions.make(user: user) }
      for (deleted, user) in users.enumerated() {
        XCTAssertEqual(try sessions.deleteSessions(ofUser: user), 1, store)
        XCTAssertEqual(try sessions.allIDs().count, users.count - deleted - 1, store)
      }
    }
  }

  func testNilIsNobody() throws {
    try onEachStore { sessions, store in
      _ = try sessions.make()
      assertError(.invalid, try sessions.deleteSessions(ofUser: nil), store)
      XCTAssertEqual(try sessions.allIDs().count, 1, store)
    }
  }

  func testOneThatIsSparedNeedNotBeTheUsers() throws {
    try onEachStore { sessions, store in
      let other = try sessions.make(user: "bob")
      _ = try sessions.make(user: "ada")
      XCTAssertEqual(try sessions.deleteSessions(ofUser: "ada", except: other), 1, store)
      XCTAssertEqual(try sessions.allIDs(), [other], store)
    }
  }
}
