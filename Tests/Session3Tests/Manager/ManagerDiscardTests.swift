// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A session that loses its information is deleted, unless somebody else put something into it.
final class ManagerDiscardTests: XCTestCase {
  /// A request whose page took everything out of its session.
  private func onEmptied(
    _ settings: StoreSettings = StoreSettings(),
    _ body: (SessionManager, Browser, SessionRequest, SessionID, String) throws -> Void
  ) throws {
    try onEachStore(settings) { sessions, store in
      let id = try sessions.make(["n": 1])
      let manager = try SessionManager(sessions)
      let browser = Browser(id)
      let request = try browser.start(manager)
      try request.session?.remove("n")
      try body(manager, browser, request, id, store)
    }
  }

  func testItIsDeletedAndTheCookieRevoked() throws {
    try onEmptied { manager, browser, request, id, store in
      try request.finishSuccessful()
      browser.receive(request)
      XCTAssertEqual(request.outcome, .deleted, store)
      XCTAssertNil(browser.cookie, store)
      XCTAssertFalse(try manager.repository.has(id), store)
    }
  }

  func testWhatSomebodyElsePutInIsKept() throws {
    try onEmptied { manager, browser, request, id, store in
      _ = try manager.repository.increment(id, "theirs")
      try request.finishSuccessful()
      browser.receive(request)
      XCTAssertEqual(browser.id, id, store)
      XCTAssertNil(request.setCookieHeader, store)
      XCTAssertEqual(try manager.repository.loaded(id).attributes, [.init("theirs", 1)], store)
      XCTAssertEqual(request.outcome, .saved, "\(store): the removal was stored")
    }
  }

  func testWhatSomebodyElseOnlyTookOutIsNoReasonToKeepIt() throws {
    try onEmptied { manager, browser, request, id, store in
      let other = try manager.repository.loaded(id)
      try other.remove("n")
      try manager.repository.save(other)
      try request.finishSuccessful()
      XCTAssertEqual(request.outcome, .deleted, store)
      XCTAssertFalse(try manager.repository.has(id), store)
    }
  }

  func testALogoutThatMeetsAnAttributeGivesANewID() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(user: "ada")
      let manager = try SessionManager(sessions)
      let browser = Browser(id)
      let request = try browser.start(manager)
      try request.session?.setUser(nil)
      _ = try sessions.increment(id, "theirs")
      try request.finishSuccessful()
      browser.receive(request)
      XCTAssertEqual(request.outcome, .renewed, store)
      XCTAssertNotEqual(browser.id, id, store)
      XCTAssertFalse(try sessions.has(id), store)
      XCTAssertEqual(try sessions.stored("theirs", of: XCTUnwrap(browser.id)), 1, store)
      XCTAssertNil(try browser.user(manager), store)
    }
  }

  func testAConflictIsToldWhereThePolicyIsToFail() throws {
    try onEmptied(StoreSettings(policy: .fail)) { manager, _, request, id, store in
      _ = try manager.repository.increment(id, "theirs")
      assertError(.conflict, try request.finishSuccessful(), store)
      XCTAssertFalse(request.isFinished, store)
      try request.finishFailed()
      XCTAssertEqual(try manager.repository.loaded(id).attributes.count, 2, store)
    }
  }

  func testASessionDeletedMeanwhileRevokesNothing() throws {
    try onEmptied { manager, browser, request, id, store in
      XCTAssertTrue(try manager.repository.delete(id), store)
      try request.finishSuccessful()
      XCTAssertEqual(request.outcome, .gone, store)
      XCTAssertNil(request.setCookieHeader, store)
    }
  }

  func testAPageThatFillsItAgainAfterItsHeadersHasAnotherSession() throws {
    try onEmptied { manager, browser, request, id, store in
      try request.maintainSession()
      XCTAssertEqual(request.outcome, .deleted, store)
      try request.session?.set("again", to: 1)
      try request.finishSuccessful()
      browser.receive(request)
      XCTAssertEqual(request.outcome, .created, store)
      XCTAssertNotEqual(browser.id, id, store)
      let new = try XCTUnwrap(browser.id)
      XCTAssertEqual(try manager.repository.loaded(new).attributes, [.init("again", 1)], store)
    }
  }

  /// Has others come in whenever a session is about to be removed; `others` gets the number of the
  /// time, from 0.
  private func onRestless(
    _ others: @escaping (SessionRepository, SessionID, Int) throws(StoreError) -> Void,
    _ body: (SessionRequest, ScriptedStore, SessionRepository) throws -> Void
  ) throws {
    let store = try ScriptedStore()
    let sessions = SessionRepository(store)
    let id = try sessions.make(["n": 1])
    let manager = try SessionManager(sessions) { policy in
      policy.hasInfo = { (try? $0.value("n")) != nil }
    }
    let request = try Browser(id).start(manager)
    try request.session?.remove("n")
    var times = 0
    func comeIn(_ verb: ScriptedStore.Verb, _: SessionID?) throws(StoreError) {
      guard verb == .remove else { return }
      store.before = nil
      defer { store.before = comeIn }
      try others(sessions, id, times)
      times += 1
    }
    store.before = comeIn
    try body(request, store, sessions)
  }

  func testItIsDeletedAlsoWhereOthersChangedItSeveralTimes() throws {
    for changes in 0...5 {
      try onRestless { sessions, id, time throws(StoreError) in
        if time < changes { _ = try sessions.increment(id, "theirs") }
      } _: { request, _, sessions in
        try request.finishSuccessful()
        XCTAssertEqual(request.outcome, .deleted, "\(changes)")
        XCTAssertEqual(try sessions.allIDs(), [], "\(changes)")
      }
    }
  }

  func testALogoutBetweenTwoLooksRevokesNothing() throws {
    try onRestless { sessions, id, time throws(StoreError) in
      if time == 0 { _ = try sessions.increment(id, "theirs") }
      if time == 1 { _ = try sessions.delete(id) }
    } _: { request, _, sessions in
      try request.finishSuccessful()
      XCTAssertEqual(request.outcome, .gone)
      XCTAssertNil(request.setCookieHeader)
      XCTAssertEqual(try sessions.allIDs(), [])
    }
  }

  func testASessionThatOthersChangeWithoutEndIsBusyAndMayBeTriedAgain() throws {
    try onRestless { sessions, id, _ throws(StoreError) in
      _ = try sessions.increment(id, "theirs")
    } _: { request, store, sessions in
      assertError(.busy, try request.finishSuccessful())
      store.before = nil
      try request.finishSuccessful()
      XCTAssertEqual(request.outcome, .deleted)
      XCTAssertEqual(try sessions.allIDs(), [])
    }
  }

  // MARK: Another rule of what is worth keeping

  /// The rule of Session3: a user.
  private func onUsersAlone(_ body: (SessionManager, Browser, String) throws -> Void) throws {
    try onEachStore { sessions, store in
      let manager = try SessionManager(sessions) { policy in
        policy.hasInfo = { (try? $0.user) != nil }
      }
      try body(manager, Browser(), store)
    }
  }

  func testASessionWithoutInformationIsForgotten() throws {
    try onUsersAlone { manager, browser, store in
      let outcome = try browser.visit(manager) { session, _ in try session.set("n", to: 1) }
      XCTAssertEqual(outcome, .none, store)
      XCTAssertNil(browser.cookie, store)
      XCTAssertEqual(try manager.repository.allIDs(), [], store)
    }
  }

  func testASessionOfAnotherHostIsSaved() throws {
    try onUsersAlone { manager, browser, store in
      let id = try manager.repository.make(["n": 1])
      browser.cookie = id.text
      let outcome = try browser.visit(manager) { session, _ in try session.set("m", to: 1) }
      XCTAssertEqual(outcome, .saved, store)
      XCTAssertEqual(try manager.repository.loaded(id).attributes.count, 2, store)
      XCTAssertEqual(try browser.visit(manager), .unchanged, store)
    }
  }

  func testALogoutDeletesWhatHadInformation() throws {
    try onUsersAlone { manager, browser, store in
      try browser.visit(manager) { session, _ in
        try session.setUser("ada")
        try session.set("n", to: 1)
      }
      let outcome = try browser.visit(manager) { session, _ in try session.setUser(nil) }
      XCTAssertEqual(outcome, .deleted, store)
      XCTAssertNil(browser.cookie, store)
      XCTAssertEqual(try manager.repository.allIDs(), [], store)
    }
  }
}
