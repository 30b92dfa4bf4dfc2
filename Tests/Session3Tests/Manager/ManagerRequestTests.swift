// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// What a request is told, and when it may no longer ask.
final class ManagerRequestTests: XCTestCase {
  private func onEachManager(
    _ change: (inout ManagerPolicy) -> Void = { _ in },
    _ body: (SessionManager, Browser, String) throws -> Void
  ) throws {
    try onEachStore { sessions, store in
      try body(SessionManager(sessions, change), Browser(), store)
    }
  }

  private func word(_ status: CookieStatus) -> String {
    switch status {
    case .found: "found"
    case .missing: "missing"
    case .expired: "expired"
    case .unreadable(let error): "unreadable \(error.status)"
    }
  }

  // MARK: Whose session it is

  func testAVisitorHasASessionWithoutAnID() throws {
    try onEachManager { manager, browser, store in
      let request = try browser.start(manager)
      let session = try XCTUnwrap(request.session)
      XCTAssertNil(session.id, store)
      XCTAssertTrue(session.isNew, store)
      XCTAssertEqual(try session.remoteAddress, "192.0.2.1", store)
      XCTAssertEqual(word(request.cookieStatus), "missing", store)
      XCTAssertFalse(request.hasSessionCookie, store)
      XCTAssertFalse(try request.isCookieSessionStored(), store)
      XCTAssertFalse(try session.hasInfo, "\(store): an address is no information")
    }
  }

  func testARequestWithoutAnAddressHasNone() throws {
    try onEachManager { manager, _, store in
      let request = try manager.startRequest(cookies: nil)
      XCTAssertNil(try request.session?.remoteAddress, store)
      try request.finishSuccessful()
      XCTAssertEqual(request.outcome, .none, store)
    }
  }

  func testAKnownSessionKeepsItsFirstAddress() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.set("n", to: 1) }
      let request = try manager.startRequest(
        cookies: browser.cookie.map { "session3=" + $0 }, remoteAddress: "198.51.100.7")
      XCTAssertEqual(try request.session?.remoteAddress, "192.0.2.1", store)
      XCTAssertEqual(try request.newSession().remoteAddress, "198.51.100.7", store)
    }
  }

  func testOfSeveralCookiesTheFirstThatStandsForASessionWins() throws {
    try onEachManager { manager, _, store in
      let (ada, bob) = (
        try manager.repository.make(user: "ada"), try manager.repository.make(user: "bob")
      )
      let stale = try SessionID.generate().text
      let headers = [
        "session3=\(stale); session3=\(ada.text); session3=\(bob.text)",
        "session3=; session3=../x; session3=\(ada.text)",
        "other=\(bob.text); session3=\"\(ada.text)\"",
        "session3=é; session3=a b;session3=x=y;session3;;; session3 = \(ada.text) ",
        (0..<3).map { "session3=stale\($0)" }.joined(separator: ";") + ";session3=\(ada.text)",
        (0..<50).map { "session3=not an id \($0)" }.joined(separator: ";")
          + ";session3=\(ada.text)",
      ]
      for header in headers {
        let request = try manager.startRequest(cookies: header)
        XCTAssertEqual(try request.session?.user, "ada", "\(store): \(header)")
        XCTAssertEqual(word(request.cookieStatus), "found", store)
        XCTAssertTrue(request.hasSessionCookie, store)
      }
    }
  }

  func testNoMoreThanFourIDsAreLookedUp() throws {
    let store = try ScriptedStore()
    let sessions = SessionRepository(store)
    let manager = try SessionManager(sessions)
    let id = try sessions.make(user: "ada")
    var lookups = 0
    store.before = { (_, _) throws(StoreError) in lookups += 1 }
    let header =
      (0..<400).map { "session3=stale\($0)" }.joined(separator: ";") + ";session3=\(id.text)"
    let request = try manager.startRequest(cookies: header)
    XCTAssertEqual(lookups, 4)
    XCTAssertNil(try request.session?.user)
    XCTAssertTrue(request.hasSessionCookie)
  }

  func testTheStatusTellsWhatTheCookiesStoodFor() throws {
    let clock = ManualClock()
    let store = try directoryStore(StoreSettings(clock: clock.clock))
    let manager = try SessionManager(SessionRepository(store)) {
      $0.idleTimeout = .microseconds(ManualClock.hour)
    }
    let expired = try manager.repository.make(user: "ada").text
    clock.now += 2 * ManualClock.hour
    let good = try manager.repository.make(user: "ada").text
    try put([1, 2, 3], into: store.path + "/damaged")
    let expectations = [
      "": "missing", "a=b": "missing", "session3=x": "missing", "session3=\(expired)": "expired",
      "session3=damaged": "unreadable -4", "session3=\(good)": "found",
      "session3=\(expired); session3=x": "expired", "session3=x; session3=\(expired)": "expired",
      "session3=damaged; session3=\(expired); session3=\(good)": "found",
      "session3=\(expired); session3=damaged": "unreadable -4",
    ]
    for (header, expected) in expectations {
      let request = try manager.startRequest(cookies: header)
      XCTAssertEqual(word(request.cookieStatus), expected, header)
      XCTAssertEqual(request.hasSessionCookie, header.contains("session3"), header)
      XCTAssertEqual(request.session?.isNew, expected != "found", header)
    }
  }

  func testLookUpTellsTheSame() throws {
    let clock = ManualClock()
    try onEachStore(StoreSettings(clock: clock.clock)) { sessions, store in
      let manager = try SessionManager(sessions) {
        $0.idleTimeout = .microseconds(ManualClock.hour)
      }
      let id = try sessions.make(user: "ada")
      guard case .found(let session) = try manager.lookUp(id) else { return XCTFail(store) }
      XCTAssertEqual(try session.user, "ada", store)
      guard case .missing = try manager.lookUp(SessionID.generate()) else { return XCTFail(store) }
      clock.now += ManualClock.hour + 1
      guard case .expired = try manager.lookUp(id) else { return XCTFail(store) }
      XCTAssertTrue(manager.isExpired(session), store)
      XCTAssertTrue(try sessions.has(id), "\(store): it is left to the sweep")
    }
  }

  func testACookieMayStandForASessionThatIsGone() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      let request = try browser.start(manager)
      XCTAssertTrue(try request.isCookieSessionStored(), store)
      XCTAssertTrue(try manager.repository.delete(XCTUnwrap(browser.id)), store)
      XCTAssertFalse(try request.isCookieSessionStored(), store)
      XCTAssertTrue(request.hasSessionCookie, store)
    }
  }

  // MARK: In the midst

  func testNothingTouchesTheStoreBeforeTheEnd() throws {
    let store = try ScriptedStore()
    let manager = try SessionManager(SessionRepository(store))
    let browser = Browser(try manager.repository.make(["n": 1], user: "ada"))
    let request = try browser.start(manager)
    store.before = { (verb, _) throws(StoreError) in XCTFail("\(verb)") }
    try request.session?.setUser("bob")
    XCTAssertTrue(try request.renewID())
    XCTAssertTrue(try request.expireUserSessions(.others))
    XCTAssertTrue(try request.expireUserSessions(.all))
    try request.newSession().setUser("eve")
    XCTAssertTrue(try request.expireSession())
    XCTAssertNil(request.setCookieHeader)
    try request.finishFailed()
    XCTAssertEqual(request.outcome, .none)
  }

  func testARequestWithoutASessionHasNothingToAskFor() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      let request = try browser.start(manager)
      XCTAssertTrue(try request.expireSession(), store)
      XCTAssertNil(request.session, store)
      XCTAssertFalse(try request.expireSession(), store)
      XCTAssertFalse(try request.renewID(), store)
      XCTAssertFalse(try request.expireUserSessions(.all), store)
      XCTAssertFalse(try request.expireUserSessions(.others), store)
      XCTAssertNil(try request.newSession().id, store)
      XCTAssertNotNil(request.session, store)
    }
  }

  func testARenewalIsOfTheSessionThatAskedForIt() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.set("n", to: 1) }
      let id = try XCTUnwrap(browser.id)
      let outcome = try browser.visit(manager) { _, request in
        _ = try request.renewID()
        try request.newSession().set("m", to: 1)
      }
      XCTAssertEqual(outcome, .created, store)
      XCTAssertEqual(try manager.repository.stored("n", of: id), 1, "\(store): it stays")
    }
  }

  func testLogOutEverywhereSparesTheRenewedSession() throws {
    try onEachManager { manager, browser, store in
      let others = [Browser(), Browser()]
      for browser in others + [browser] {
        try browser.visit(manager) { session, _ in try session.setUser("ada") }
      }
      let outcome = try browser.visit(manager) { _, request in
        _ = try request.renewID()
        _ = try request.expireUserSessions(.others)
      }
      XCTAssertEqual(outcome, .renewed, store)
      XCTAssertEqual(try browser.user(manager), "ada", store)
      XCTAssertEqual(try manager.repository.allIDs(), [try XCTUnwrap(browser.id)], store)
    }
  }

  // MARK: The end

  func testAnEndIsTheEnd() throws {
    try onEachManager { manager, browser, store in
      for isFailure in [true, false] {
        let request = try browser.start(manager)
        try request.session?.set("n", to: 1)
        try isFailure ? request.finishFailed() : request.finishSuccessful()
        XCTAssertTrue(request.isFinished, store)
        let outcome = request.outcome
        assertError(.invalid, try request.finishSuccessful(), store)
        assertError(.invalid, try request.finishFailed(), store)
        assertError(.invalid, try request.maintainSession(), store)
        assertError(.invalid, try request.newSession(), store)
        assertError(.invalid, try request.expireSession(), store)
        assertError(.invalid, try request.expireUserSessions(.all), store)
        assertError(.invalid, try request.renewID(), store)
        XCTAssertEqual(request.outcome, outcome, store)
        XCTAssertEqual(try manager.repository.allIDs().count, isFailure ? 0 : 1, store)
      }
    }
  }

  func testChangesAfterTheHeadersAreSaved() throws {
    try onEachManager { manager, browser, store in
      let request = try browser.start(manager)
      try request.session?.setUser("ada")
      try request.maintainSession()
      browser.receive(request)
      XCTAssertEqual(try browser.user(manager), "ada", store)
      let header = request.setCookieHeader
      try request.session?.set("late", to: 1)
      try request.finishSuccessful()
      XCTAssertEqual(request.outcome, .created, store)
      XCTAssertEqual(request.setCookieHeader, header, store)
      XCTAssertEqual(
        try manager.repository.stored("late", of: XCTUnwrap(browser.id)), 1, store)
    }
  }

  func testAPageThatFailsAfterItsHeadersKeepsWhatTheyBrought() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.set("n", to: 1) }
      let request = try browser.start(manager)
      try request.session?.setUser("ada")
      try request.maintainSession()
      try request.session?.set("late", to: 1)
      try request.finishFailed()
      browser.receive(request)
      XCTAssertEqual(try browser.user(manager), "ada", "\(store): the old id is dead")
      XCTAssertNil(try browser.start(manager).session?.value("late"), store)
    }
  }

  func testTheCookieHasTheNameAndAttributesOfThePolicy() throws {
    try onEachManager {
      $0.cookie.name = "__Host-s"
      $0.cookie.isSecure = true
      $0.cookie.sameSite = .strict
    } _: { manager, _, store in
      let request = try manager.startRequest(cookies: nil)
      try request.session?.setUser("ada")
      try request.finishSuccessful()
      let id = try XCTUnwrap(request.session?.id).text
      XCTAssertEqual(
        request.setCookieHeader, "__Host-s=\(id); Path=/; Secure; HttpOnly; SameSite=Strict",
        store)
      let next = try manager.startRequest(cookies: "session3=x; __Host-s=\(id)")
      XCTAssertEqual(try next.session?.user, "ada", store)
      XCTAssertTrue(try next.expireSession(), store)
      try next.finishSuccessful()
      XCTAssertEqual(next.setCookieHeader?.hasPrefix("__Host-s=; Max-Age=0; "), true, store)
      XCTAssertEqual(
        next.setCookieHeader?.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Strict"), true,
        store)
    }
  }

  func testARequestOutlivesItsManager() throws {
    try onEachStore { sessions, store in
      let request = try SessionManager(sessions).startRequest(cookies: nil)
      try request.session?.setUser("ada")
      try request.finishSuccessful()
      XCTAssertEqual(request.outcome, .created, store)
    }
  }
}
