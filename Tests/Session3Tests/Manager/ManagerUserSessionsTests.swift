// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// Sessions of a user that end, and those that must not come back.
final class ManagerUserSessionsTests: XCTestCase {
  private func logIn(_ manager: SessionManager, _ user: Value = "ada") throws -> Browser {
    let browser = Browser()
    try browser.visit(manager) { session, _ in try session.setUser(user) }
    return browser
  }

  func testALoginThatWasKeptBeforeItsHeadersLeftOutlivesALogoutEverywhere() throws {
    try onEachStore { sessions, store in
      let manager = try SessionManager(sessions)
      let (browser, other) = (try logIn(manager), try logIn(manager))
      try browser.visit(manager) { _, request in
        _ = try request.expireUserSessions(.all)
        try request.newSession().setUser("ada")
        try request.maintainSession()
      }
      XCTAssertEqual(try browser.user(manager), "ada", store)
      XCTAssertNil(try other.user(manager), store)
    }
  }

  func testASessionThatGivesWayToANewOneIsSparedWhereTheOthersEnd() throws {
    try onEachStore { sessions, store in
      let manager = try SessionManager(sessions)
      let (browser, other) = (try logIn(manager), try logIn(manager))
      let first = try XCTUnwrap(browser.id)
      try browser.visit(manager) { _, request in
        _ = try request.expireUserSessions(.others)
        try request.newSession().set("n", to: 1)
      }
      XCTAssertTrue(try sessions.has(first), store)
      XCTAssertNil(try other.user(manager), store)
    }
  }

  func testLogOutElsewhereSparesASessionThatIsRenewedDuringTheWalk() throws {
    let store = try ScriptedStore()
    let sessions = SessionRepository(store)
    let manager = try SessionManager(sessions)
    let (browser, other) = (try logIn(manager), try logIn(manager))
    let copy = try sessions.loaded(XCTUnwrap(browser.id))
    let request = try browser.start(manager)
    _ = try request.expireUserSessions(.others)
    store.before = { (verb, _) throws(StoreError) in
      guard verb == .ids, copy.id == request.session?.id else { return }
      try sessions.renew(copy)
    }
    try request.finishSuccessful()
    store.before = nil
    XCTAssertNil(try other.user(manager))
    XCTAssertTrue(try sessions.has(XCTUnwrap(copy.id)), "the session that asked, by its new id")
  }

  func testALogoutEverywhereGoesPastASessionOfALaterFormat() throws {
    let store = try directoryStore(StoreSettings())
    let manager = try SessionManager(SessionRepository(store))
    let (browser, other) = (try logIn(manager), try logIn(manager))
    let later = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Fixtures/bad/format_2.session").standardized
    try FileManager.default.copyItem(atPath: later.path, toPath: store.path + "/later")
    try browser.visit(manager) { _, request in _ = try request.expireUserSessions(.all) }
    XCTAssertNil(browser.cookie)
    XCTAssertNil(try other.user(manager))
  }

  func testAManagerResurrectsNothingWhateverTheStoresPolicy() throws {
    for isChanged in [false, true] {
      let store = try memoryStore()
      let sessions = SessionRepository(store, policy: SavePolicy(.merge, resurrects: true))
      let manager = try SessionManager(sessions)
      let browser = try logIn(manager)
      let slow = try browser.start(manager)
      if isChanged { try slow.session?.set("n", to: 1) }
      try browser.visit(manager) { _, request in _ = try request.expireSession() }
      try slow.finishSuccessful()
      XCTAssertEqual(slow.outcome, .gone)
      XCTAssertEqual(try sessions.allIDs(), [])
    }
  }

  func testWhoWasLoggedOutByForceIsNotLoggedInByAChangeOfHisName() throws {
    try onEachStore { sessions, store in
      let manager = try SessionManager(sessions)
      let browser = try logIn(manager)
      let request = try browser.start(manager)
      XCTAssertTrue(try sessions.delete(XCTUnwrap(browser.id)))
      try request.session?.setUser("ada lovelace")
      try request.finishSuccessful()
      XCTAssertEqual(request.outcome, .gone, store)
      XCTAssertNil(request.setCookieHeader, store)
      XCTAssertEqual(try sessions.allIDs(), [], store)
    }
  }

  func testWhoLogsInAgainBeginsAnewAlsoWhereNobodyNotedTheFirstLogin() throws {
    try onEachStore { sessions, store in
      let manager = try SessionManager(sessions)
      let browser = Browser(try sessions.make(user: "ada"))
      let first = browser.id
      try browser.visit(manager) { session, _ in
        XCTAssertNil(session.authenticated)
        try session.setUser(nil)
        try session.setUser("ada")
      }
      XCTAssertNotEqual(browser.id, first, store)
      XCTAssertNotNil(try browser.start(manager).session?.authenticated, store)
    }
  }

  func testAStoreThatFinishesTheRequestForWhichItIsCalledDoesNotTrap() throws {
    let store = try ScriptedStore()
    let manager = try SessionManager(SessionRepository(store))
    let browser = try logIn(manager)
    let request = try browser.start(manager)
    _ = try request.expireSession()
    var depth = 0
    store.after = { (verb, _) throws(StoreError) in
      guard verb == .remove, depth == 0 else { return }
      depth += 1
      try request.finishSuccessful()
    }
    try request.finishSuccessful()
    XCTAssertEqual(request.outcome, .deleted)
    XCTAssertNil(try browser.user(manager))
  }
}
