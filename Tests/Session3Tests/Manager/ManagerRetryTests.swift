// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A request that ends on a store which fails at any one of its calls: the end may be tried again,
/// and then all is as if nothing had happened.
final class ManagerRetryTests: XCTestCase {
  private struct Scenario {
    let name: String
    var isKnown = true
    let page: (Session, SessionRequest) throws -> Void
  }

  private let scenarios = [
    Scenario(name: "visitor", isKnown: false) { session, _ in try session.set("n", to: 1) },
    Scenario(name: "login of a visitor", isKnown: false) { session, _ in
      try session.setUser("ada")
    },
    Scenario(name: "nothing") { _, _ in },
    Scenario(name: "attribute") { session, _ in try session.set("m", to: 1) },
    Scenario(name: "another user") { session, _ in try session.setUser("bob") },
    Scenario(name: "no user any more") { session, _ in try session.setUser(nil) },
    Scenario(name: "nothing any more") { session, _ in
      try session.setUser(nil)
      try session.remove("n")
    },
    Scenario(name: "renewal") { _, request in _ = try request.renewID() },
    Scenario(name: "remembered") { session, _ in try session.setPersistent(true) },
    Scenario(name: "logout") { _, request in _ = try request.expireSession() },
    Scenario(name: "logout and new") { _, request in
      _ = try request.expireSession()
      try request.newSession().set("new", to: 1)
    },
    Scenario(name: "everywhere") { _, request in _ = try request.expireUserSessions(.all) },
    Scenario(name: "everywhere else") { session, request in
      try session.set("m", to: 1)
      _ = try request.expireUserSessions(.others)
    },
    Scenario(name: "everywhere else and renewal") { _, request in
      _ = try request.renewID()
      _ = try request.expireUserSessions(.others)
    },
  ]

  /// What is left of one run, ids apart.
  private struct Ending: Equatable {
    var outcome: SessionRequest.Outcome
    var hasCookie: Bool
    var sessions: [[UInt8]]
    /// What the browser's next request has.
    var next: [UInt8]?
  }

  private struct Run {
    let store: ScriptedStore
    let manager: SessionManager
    let browser = Browser()
    let request: SessionRequest

    init(_ scenario: Scenario) throws {
      store = try ScriptedStore(clock: ManualClock().clock)
      let sessions = SessionRepository(store)
      manager = try SessionManager(sessions)
      _ = try sessions.make(["other": 1], user: "ada")
      _ = try sessions.make(["other": 1], user: "eve")
      if scenario.isKnown { browser.cookie = try sessions.make(["n": 1], user: "ada").text }
      request = try browser.start(manager)
      try scenario.page(XCTUnwrap(request.session), request)
    }

    func ending() throws -> Ending {
      browser.receive(request)
      let sessions = manager.repository
      let next = try browser.start(manager).session
      return Ending(
        outcome: request.outcome, hasCookie: request.setCookie != nil,
        sessions: try sessions.allIDs().map { try sessions.loaded($0).payloadBytes }
          .sorted { $0.lexicographicallyPrecedes($1) },
        next: next.flatMap { $0.isNew ? nil : $0.payloadBytes })
    }
  }

  /// Lets the call of a number fail, counted from the present on.
  /// - Returns: whether there was such a call.
  private func failing(
    _ number: Int, of run: Run, isMade: Bool = false, _ body: () throws -> Void
  ) rethrows -> Bool {
    var calls = 0
    let script: ScriptedStore.Script = { (_, _) throws(StoreError) in
      calls += 1
      if calls == number + 1 { throw StoreError(call: "scripted", errno: EIO) }
    }
    if isMade { run.store.after = script } else { run.store.before = script }
    defer {
      run.store.before = nil
      run.store.after = nil
    }
    try body()
    return calls > number
  }

  /// Ends a request well, but for one call; a failure that was made good is none.
  /// - Returns: whether the call of that number was there to fail.
  private func finish(_ run: Run, failingAt number: Int, _ message: String) throws -> Bool {
    try failing(number, of: run) {
      do throws(StoreError) { try run.request.finishSuccessful() } catch {
        XCTAssertEqual(error.code, .io, message)
        XCTAssertFalse(run.request.isFinished, message)
      }
    }
  }

  func testAFinishThatIsTriedAgainEndsAsTheFirstWouldHave() throws {
    for scenario in scenarios {
      let undisturbed = try Run(scenario)
      try undisturbed.request.finishSuccessful()
      let expected = try undisturbed.ending()
      var isThere = true
      var number = 0
      while isThere {
        let message = "\(scenario.name), call \(number)"
        let run = try Run(scenario)
        isThere = try finish(run, failingAt: number, message)
        if !run.request.isFinished { try run.request.finishSuccessful() }
        XCTAssertEqual(try run.ending(), expected, message)
        number += 1
      }
      XCTAssertGreaterThan(number, 1, scenario.name)
    }
  }

  func testAFirstCallThatFailsLeavesNoTraceWhereTheRequestIsGivenUp() throws {
    for scenario in scenarios {
      let untouched = try Run(scenario)
      try untouched.request.finishFailed()
      let expected = try untouched.ending()
      XCTAssertEqual(expected.outcome, .none, scenario.name)
      XCTAssertFalse(expected.hasCookie, scenario.name)
      let run = try Run(scenario)
      XCTAssertTrue(try finish(run, failingAt: 0, scenario.name))
      guard !run.request.isFinished else { continue }
      try run.request.finishFailed()
      XCTAssertEqual(try run.ending(), expected, scenario.name)
    }
  }

  func testABrowserIsNotLoggedOutByAFinishThatFailed() throws {
    for scenario in scenarios where scenario.isKnown {
      for number in 0..<12 {
        let run = try Run(scenario)
        let isThere = try failing(number, of: run) {
          do throws(StoreError) { try run.request.finishSuccessful() } catch {}
        }
        guard isThere, !run.request.isFinished else { continue }
        try run.request.finishFailed()
        run.browser.receive(run.request)
        let next = try run.browser.start(run.manager)
        let isEnding = scenario.name.hasPrefix("logout") || scenario.name == "everywhere"
        if !isEnding {
          XCTAssertEqual(next.session?.isNew, false, "\(scenario.name), call \(number)")
        }
      }
    }
  }

  func testALoginIsNotLostWhereACallWasMadeButFailed() throws {
    for scenario in scenarios where scenario.name != "nothing any more" {
      for number in 0..<12 {
        let run = try Run(scenario)
        _ = try failing(number, of: run, isMade: true) {
          do throws(StoreError) { try run.request.finishSuccessful() } catch {}
        }
        if !run.request.isFinished { try run.request.finishSuccessful() }
        run.browser.receive(run.request)
        let next = try XCTUnwrap(run.browser.start(run.manager).session)
        guard let session = run.request.session else {
          XCTAssertTrue(next.isNew, scenario.name)
          continue
        }
        XCTAssertFalse(next.isNew, "\(scenario.name), call \(number)")
        XCTAssertEqual(try next.user, try session.user, "\(scenario.name), call \(number)")
      }
    }
  }

  func testAStoreThatCannotTellWhoseSessionItIsFailsTheStart() throws {
    let run = try Run(scenarios[2])
    for code in [StoreError.Code.io, .busy, .noMemory, .callback] {
      run.store.before = { (_, _) throws(StoreError) in throw StoreError(code, "scripted") }
      assertError(code, try run.browser.start(run.manager))
    }
    for code in [StoreError.Code.corrupt, .format, .tooLarge] {
      run.store.before = { (_, _) throws(StoreError) in throw StoreError(code, "scripted") }
      let request = try run.browser.start(run.manager)
      guard case .unreadable(let error) = request.cookieStatus else { return XCTFail("\(code)") }
      XCTAssertEqual(error.code, code)
      XCTAssertEqual(request.session?.isNew, true)
    }
  }
}
