// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Who is logged in, from request to request.
final class LoginTests: XCTestCase {
  private let clock = ManualClock()
  private var settings: StoreSettings { StoreSettings(clock: clock.clock) }

  /// Runs a test on each kind of store under a clock that stands still.
  private func onEachManager(
    _ change: (inout ManagerPolicy) -> Void = { _ in },
    _ body: (SessionManager, Browser, String) throws -> Void
  ) throws {
    try onEachStore(settings) { sessions, store in
      try body(SessionManager(sessions, change), Browser(), store)
    }
  }

  func testAnIDThatWasPlantedIsNeverTakenOver() throws {
    try onEachManager { manager, browser, store in
      let planted = try XCTUnwrap(SessionID("planted"))
      browser.cookie = planted.text
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      XCTAssertNotEqual(browser.id, planted, store)
      XCTAssertFalse(try manager.repository.has(planted), store)
      XCTAssertEqual(try browser.user(manager), "ada", store)
    }
  }

  func testAStoredIDThatWasPlantedIsWorthNothingAfterTheLogin() throws {
    try onEachManager { manager, browser, store in
      let planted = try manager.repository.make(["cart": 1])
      browser.cookie = planted.text
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      XCTAssertNotEqual(browser.id, planted, store)
      XCTAssertNil(try Browser(planted).user(manager), store)
      XCTAssertEqual(try manager.repository.allIDs().count, 1, store)
      XCTAssertEqual(try manager.repository.stored("cart", of: XCTUnwrap(browser.id)), 1, store)
    }
  }

  func testEveryChangeOfTheUserGivesANewID() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.set("n", to: 1) }
      var ids = Set([browser.cookie])
      for user in ["ada", "bob", nil, "ada", 7, nil] as [Value?] {
        let outcome = try browser.visit(manager) { session, _ in try session.setUser(user) }
        XCTAssertEqual(outcome, .renewed, store)
        XCTAssertTrue(ids.insert(browser.cookie).inserted, store)
        XCTAssertEqual(try browser.user(manager), user, store)
        XCTAssertEqual(try manager.repository.allIDs().count, 1, store)
      }
    }
  }

  func testTheSameUserKeepsTheID() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      let id = browser.cookie
      let outcome = try browser.visit(manager) { session, _ in try session.setUser("ada") }
      XCTAssertEqual(outcome, .unchanged, store)
      XCTAssertEqual(browser.cookie, id, store)
    }
  }

  func testTheTimeOfTheLoginIsNoted() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.set("n", to: 1) }
      XCTAssertNil(try browser.start(manager).session?.authenticated, store)
      clock.now += ManualClock.hour
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      let login = clock.now
      clock.now += ManualClock.hour
      try browser.visit(manager) { session, request in
        try session.set("n", to: 2)
        _ = try request.renewID()
      }
      XCTAssertEqual(try browser.start(manager).session?.authenticated, login, store)
      try browser.visit(manager) { session, _ in try session.setUser("bob") }
      XCTAssertEqual(try browser.start(manager).session?.authenticated, clock.now, store)
      try browser.visit(manager) { session, _ in try session.setUser(nil) }
      XCTAssertNil(try browser.start(manager).session?.authenticated, store)
    }
  }

  func testALoginPageThatLogsOutFirstLogsInAnew() throws {
    try onEachManager { policy in
      policy.lifetime = .microseconds(ManualClock.hour)
    } _: { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      clock.now += 50 * ManualClock.minute
      try browser.visit(manager) { session, _ in
        try session.setUser(nil)
        try session.setUser("ada")
      }
      XCTAssertEqual(try browser.start(manager).session?.authenticated, clock.now, store)
      clock.now += 50 * ManualClock.minute
      XCTAssertEqual(try browser.user(manager), "ada", store)
    }
  }

  func testALoginInANewSessionIsNoted() throws {
    try onEachManager { manager, browser, store in
      // Of a host that notes no logins.
      browser.cookie = try manager.repository.make(user: "ada").text
      try browser.visit(manager) { _, request in try request.newSession().setUser("ada") }
      XCTAssertEqual(try browser.start(manager).session?.authenticated, clock.now, store)
    }
  }

  func testALoginThatIsTakenBackIsNone() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.set("n", to: 1) }
      let id = browser.cookie
      try browser.visit(manager) { session, _ in
        try session.setUser("ada")
        try session.setUser(nil)
      }
      XCTAssertEqual(browser.cookie, id, store)
      XCTAssertNil(try browser.start(manager).session?.authenticated, store)
    }
  }

  func testALoginOfAnExpiredSessionBeginsAnother() throws {
    try onEachManager { policy in
      policy.idleTimeout = .microseconds(ManualClock.minute)
    } _: { manager, browser, store in
      try browser.visit(manager) { session, _ in
        try session.setUser("ada")
        try session.set("private", to: 1)
      }
      let old = browser.cookie
      clock.now += ManualClock.hour
      try browser.visit(manager) { session, _ in try session.setUser("bob") }
      XCTAssertNotEqual(browser.cookie, old, store)
      XCTAssertEqual(try browser.user(manager), "bob", store)
      XCTAssertNil(try browser.start(manager).session?.value("private"), store)
    }
  }

  func testAFailedLoginIsNone() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.set("n", to: 1) }
      let id = try XCTUnwrap(browser.id)
      let request = try browser.start(manager)
      try request.session?.setUser("ada")
      try request.finishFailed()
      browser.receive(request)
      XCTAssertEqual(browser.id, id, store)
      XCTAssertNil(try browser.user(manager), store)
    }
  }

  func testThePresentRequestsLoginOutlivesALogoutEverywhere() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      let other = Browser()
      try other.visit(manager) { session, _ in try session.setUser("ada") }
      // A changed password: all sessions end, and this browser logs in with the new one.
      try browser.visit(manager) { _, request in
        _ = try request.expireUserSessions(.all)
        try request.newSession().setUser("ada")
      }
      XCTAssertNil(try other.user(manager), store)
      XCTAssertEqual(try browser.user(manager), "ada", store)
    }
  }

  func testALogoutEverywhereGoesPastASessionThatCannotBeRead() throws {
    let store = try directoryStore(settings)
    let manager = try SessionManager(SessionRepository(store))
    try put([1, 2, 3], into: store.path + "/notes")
    let (browser, other) = (Browser(), Browser())
    for browser in [browser, other] {
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
    }
    try browser.visit(manager) { _, request in _ = try request.expireUserSessions(.all) }
    XCTAssertNil(browser.cookie)
    XCTAssertNil(try other.user(manager))
  }
}
