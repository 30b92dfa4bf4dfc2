// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Clocks that jump under a manager: nobody is logged out for good, and nothing lives for ever.
final class ManagerClockTests: XCTestCase {
  private let clock = ManualClock()
  private var settings: StoreSettings { StoreSettings(clock: clock.clock) }
  private let idle = 30 * ManualClock.minute

  private func onEachManager(
    _ change: (inout ManagerPolicy) -> Void,
    _ body: (SessionManager, Browser, String) throws -> Void
  ) throws {
    try onEachStore(settings) { sessions, store in
      try body(SessionManager(sessions, change), Browser(), store)
    }
  }

  func testAStepForwardAndBackEndsNothing() throws {
    try onEachManager {
      $0.idleTimeout = .microseconds(idle)
      $0.lifetime = .microseconds(8 * ManualClock.hour)
    } _: { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      clock.now += 10 * ManualClock.year
      let request = try browser.start(manager)
      guard case .expired = request.cookieStatus else { return XCTFail(store) }
      try request.finishSuccessful()
      browser.receive(request)
      clock.now -= 10 * ManualClock.year
      XCTAssertEqual(try browser.user(manager), "ada", store)
    }
  }

  func testAStepBackEndsNothing() throws {
    try onEachManager {
      $0.idleTimeout = .microseconds(idle)
      $0.lifetime = .microseconds(8 * ManualClock.hour)
    } _: { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      clock.now -= ManualClock.year
      XCTAssertEqual(try browser.user(manager), "ada", store)
      try browser.visit(manager)
      XCTAssertEqual(try browser.user(manager), "ada", store)
    }
  }

  func testASessionMadeInTheFutureEndsWhenItIsNotUsed() throws {
    try onEachManager {
      $0.idleTimeout = .microseconds(idle)
    } _: { manager, browser, store in
      clock.now += 10 * ManualClock.year
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      clock.now -= 10 * ManualClock.year
      try browser.visit(manager)
      clock.now += idle
      XCTAssertEqual(try browser.user(manager), "ada", "\(store): in use")
      clock.now += idle
      XCTAssertNil(try browser.user(manager), "\(store): a sweep would take it")
    }
  }

  func testASessionUsedInTheFutureEndsWhenItIsNotUsed() throws {
    try onEachManager {
      $0.idleTimeout = .microseconds(idle)
    } _: { manager, browser, store in
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      clock.now += 10 * ManualClock.year
      try manager.repository.touch(XCTUnwrap(browser.id))
      clock.now -= 10 * ManualClock.year
      try browser.visit(manager)
      clock.now += idle + 1
      XCTAssertNil(try browser.user(manager), store)
    }
  }

  func testACookieThatWasSentInTheFutureIsSentAgain() throws {
    let month = 30 * 24 * ManualClock.hour
    try onEachManager {
      $0.isPersistent = true
      $0.persistentTimeout = .microseconds(month)
    } _: { manager, browser, store in
      clock.now += ManualClock.year
      try browser.visit(manager) { session, _ in try session.setUser("ada") }
      clock.now -= ManualClock.year
      // The browser counts from when it came, by its own clock.
      let end = clock.now + month
      while clock.now < end {
        browser.forgetCookieAttributes()
        try browser.visit(manager)
        if !browser.cookieAttributes.isEmpty { return }
        clock.now += month / 20
      }
      XCTFail("\(store): the browser forgets a login that is in use")
    }
  }

  func testEveryTimeOfTheClockIsATime() throws {
    let edges = [Int64.min, Int64.min + 1, -1, 0, 1, Int64.max - 1, Int64.max]
    for made in edges {
      for seen in edges {
        let clock = ManualClock(made)
        let sessions = SessionRepository(try MemorySessionStore(clock: clock.clock))
        let manager = try SessionManager(sessions) {
          $0.idleTimeout = .microseconds(idle)
          $0.lifetime = .microseconds(Int64.max)
          $0.isPersistent = made % 2 == 0
        }
        let browser = Browser()
        try browser.visit(manager) { session, _ in try session.setUser("ada") }
        clock.now = seen
        try browser.visit(manager) { session, request in
          try session.set("n", to: 1)
          _ = try request.renewID()
        }
        XCTAssertNotNil(browser.cookie)
      }
    }
  }
}
