// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// "Remember me": for how long the browser keeps the cookie, and when it is given another.
final class ManagerPersistenceTests: XCTestCase {
  private let clock = ManualClock()
  private let day = 24 * ManualClock.hour

  private func onEachManager(
    _ change: (inout ManagerPolicy) -> Void = { _ in },
    _ body: (SessionManager, Browser, String) throws -> Void
  ) throws {
    try onEachStore(StoreSettings(clock: clock.clock)) { sessions, store in
      try body(SessionManager(sessions, change), Browser(), store)
    }
  }

  private func maximumAge(_ browser: Browser) -> Int? {
    for attribute in browser.cookieAttributes where attribute.hasPrefix("Max-Age=") {
      return Int(attribute.dropFirst("Max-Age=".count))
    }
    return nil
  }

  func testACookieEndsWithTheBrowserUnlessAskedFor() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      XCTAssertNil(maximumAge(browser), store)
    }
  }

  func testARememberedLoginIsKeptForThirtyDays() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in
        try session.setUser("ada")
        try session.setPersistent(true)
      }
      XCTAssertEqual(maximumAge(browser), 30 * 86_400, store)
    }
  }

  func testAChangeOfMindSendsTheCookieAgain() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      let id = browser.cookie
      for isPersistent in [true, false, true, nil] as [Bool?] {
        browser.forgetCookieAttributes()
        try browser.visit(manager) { session, _ in try session.setPersistent(isPersistent) }
        XCTAssertEqual(browser.cookie, id, store)
        XCTAssertEqual(maximumAge(browser), isPersistent == true ? 30 * 86_400 : nil, store)
        XCTAssertTrue(browser.cookieAttributes.contains("HttpOnly"), "\(store): it was sent")
      }
    }
  }

  func testAnUnchangedSessionSendsNoCookie() throws {
    for isPersistent in [true, false] {
      try onEachManager { manager, browser, store in
        try browser.visit(manager) { session, _ in
          try session.setUser("ada")
          try session.setPersistent(isPersistent)
        }
        browser.forgetCookieAttributes()
        for round in 0..<5 {
          try browser.visit(manager) { session, _ in try session.set("n", to: .int(Int64(round))) }
          try browser.visit(manager)
        }
        XCTAssertEqual(browser.cookieAttributes, [], store)
      }
    }
  }

  func testACookieInUseIsSentAgainBeforeItEnds() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in
        try session.setUser("ada")
        try session.setPersistent(true)
      }
      var end = clock.now + 30 * day
      var sent = 0
      for _ in 0..<120 {
        clock.now += day
        XCTAssertLessThan(clock.now, end, "\(store): the browser dropped it")
        browser.forgetCookieAttributes()
        let outcome = try browser.visit(manager)
        if let age = maximumAge(browser) {
          end = clock.now + Int64(age) * ManualClock.second
          sent += 1
          XCTAssertEqual(outcome, .saved, "\(store): it is noted when it was sent")
        }
      }
      XCTAssertEqual(sent, 30, "\(store): every fourth day, not at each request")
      XCTAssertEqual(try browser.user(manager), "ada", store)
    }
  }

  func testTheCookieEndsWithTheLifetime() throws {
    try onEachManager {
      $0.lifetime = .microseconds(40 * day)
    } _: { manager, browser, store in
      try browser.visit(manager) { session, _ in
        try session.setUser("ada")
        try session.setPersistent(true)
      }
      let login = clock.now
      for _ in 0..<39 {
        clock.now += day
        browser.forgetCookieAttributes()
        try browser.visit(manager)
        guard let age = maximumAge(browser) else { continue }
        XCTAssertLessThanOrEqual(
          clock.now + Int64(age) * ManualClock.second, login + 40 * day, store)
      }
      XCTAssertEqual(try browser.user(manager), "ada", store)
      clock.now = login + 40 * day + 1
      XCTAssertNil(try browser.user(manager), store)
    }
  }

  func testARenewedIDIsKeptForAsLong() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in
        try session.setUser("ada")
        try session.setPersistent(true)
      }
      clock.now += day
      try browser.visit(manager) { _, request in _ = try request.renewID() }
      XCTAssertEqual(maximumAge(browser), 30 * 86_400, store)
      browser.forgetCookieAttributes()
      clock.now += 3 * day
      try browser.visit(manager)
      XCTAssertNil(maximumAge(browser), "\(store): it is not old yet")
    }
  }

  func testALogoutIsNotRemembered() throws {
    try onEachManager { manager, browser, store in
      try browser.visit(manager) { session, _ in
        try session.setUser("ada")
        try session.setPersistent(true)
      }
      try browser.visit(manager) { _, request in _ = try request.expireSession() }
      XCTAssertEqual(maximumAge(browser), 0, store)
      XCTAssertNil(browser.cookie, store)
    }
  }

  func testUseRenewsTheAccessTime() throws {
    try onEachManager {
      $0.idleTimeout = .microseconds(30 * ManualClock.minute)
    } _: { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      for _ in 0..<10 {
        clock.now += 30 * ManualClock.minute
        XCTAssertEqual(try browser.visit(manager), .unchanged, store)
      }
      XCTAssertEqual(try browser.user(manager), "ada", store)
      clock.now += 30 * ManualClock.minute + 1
      XCTAssertNil(try browser.user(manager), store)
    }
  }

  func testTheResolutionOfAccessTimesIsThePolicys() throws {
    for (resolution, isRenewed) in [(Int64(10), true), (1_000_000, false), (-1, true)] {
      try onEachManager {
        $0.accessResolution = .microseconds(resolution)
      } _: { manager, browser, store in
        try browser.visit(manager) { session, _ in try session.setUser("ada") }
        let made = clock.now
        clock.now += 11
        try browser.visit(manager)
        let accessed = try manager.repository.loaded(XCTUnwrap(browser.id)).accessed
        XCTAssertEqual(accessed, isRenewed ? made + 11 : made, "\(store), \(resolution)")
      }
    }
  }
}
