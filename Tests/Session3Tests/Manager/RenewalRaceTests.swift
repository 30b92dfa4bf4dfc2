// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Requests that are under way while another one of the same browser, or of who planted its id,
/// gives the session a new id.
final class RenewalRaceTests: XCTestCase {
  /// Runs a test on each kind of store with a session, and two requests that both began with it.
  private func onTwoRequests(
    _ settings: StoreSettings = StoreSettings(), attributes: [String: Value] = ["n": 1],
    user: Value? = nil, prepare: (Session) throws -> Void = { _ in },
    _ body: (SessionManager, _ first: SessionRequest, _ second: SessionRequest, String) throws ->
      Void
  ) throws {
    try onEachStore(settings) { sessions, store in
      let id = try sessions.make(attributes, user: user)
      let session = try sessions.loaded(id)
      try prepare(session)
      try sessions.save(session)
      let manager = try SessionManager(sessions)
      let browser = Browser(id)
      try body(manager, browser.start(manager), browser.start(manager), store)
    }
  }

  private func logIn(_ request: SessionRequest, as user: Value = "ada") throws -> SessionID {
    try XCTUnwrap(request.session).setUser(user)
    try request.finishSuccessful()
    return try XCTUnwrap(request.session?.id)
  }

  // MARK: Who comes with the old id

  func testNobodyIsToldTheNewIDByTheOldOne() throws {
    try onTwoRequests { manager, first, second, store in
      let old = try XCTUnwrap(second.session?.id)
      let new = try logIn(first)
      XCTAssertNotEqual(new, old, store)
      try second.session?.set("late", to: 1)
      try second.maintainSession()
      XCTAssertEqual(second.session?.id, old, store)
      try second.session?.set("late", to: 2)
      _ = try second.renewID()
      try second.finishSuccessful()
      XCTAssertEqual(second.session?.id, old, store)
      XCTAssertNil(second.setCookieHeader, store)
      XCTAssertFalse(try manager.repository.has(old), store)
      XCTAssertEqual(try Browser(old).start(manager).session?.isNew, true, store)
    }
  }

  func testAChangeOfPersistenceByTheOldIDSetsNoCookie() throws {
    try onTwoRequests { _, first, second, store in
      _ = try logIn(first)
      try second.session?.setPersistent(true)
      try second.finishSuccessful()
      XCTAssertNil(second.setCookieHeader, store)
    }
  }

  func testARequestFromBeforeALoginIsNotShownWhoLoggedIn() throws {
    try onTwoRequests { _, first, second, store in
      try first.session?.set("secret", to: "of ada")
      _ = try logIn(first)
      try second.session?.set("late", to: 1)
      try second.maintainSession()
      // The page goes on after its headers left.
      XCTAssertNil(try second.session?.user, "\(store): it would be answered as ada")
      XCTAssertNil(try second.session?.value("secret"), store)
    }
  }

  func testACSRFTokenMadeByARequestFromBeforeALoginDoesNotPass() throws {
    try onTwoRequests { manager, first, second, store in
      let new = try logIn(first)
      let token = try XCTUnwrap(second.session?.makeCSRFToken())
      try second.finishSuccessful()
      XCTAssertFalse(try manager.repository.loaded(new).isCSRFToken(token), store)
    }
  }

  func testACSRFTokenStaysWhenARequestFromBeforeTheLoginMakesOne() throws {
    try onTwoRequests { manager, first, second, store in
      let token = try XCTUnwrap(first.session).makeToken(after: "ada")
      try first.finishSuccessful()
      _ = try second.session?.makeCSRFToken()
      try second.finishSuccessful()
      let new = try XCTUnwrap(first.session?.id)
      XCTAssertTrue(try manager.repository.loaded(new).isCSRFToken(token), store)
    }
  }

  func testFormTokensMadeByARequestFromBeforeALoginDoNotPass() throws {
    try onTwoRequests { manager, first, second, store in
      let new = try logIn(first)
      let token = try XCTUnwrap(second.session?.makeFormToken())
      try second.finishSuccessful()
      XCTAssertFalse(try manager.repository.loaded(new).hasFormToken(token), store)
    }
  }

  func testTokensMadeMeanwhileUnderTheOldIDDoNotPassTheLogin() throws {
    for policy in [SavePolicy.merge, .overwrite] {
      try onTwoRequests(StoreSettings(policy: policy)) { manager, first, second, store in
        let csrf = try XCTUnwrap(second.session?.makeCSRFToken())
        let form = try XCTUnwrap(second.session?.makeFormToken())
        try second.finishSuccessful()
        XCTAssertEqual(second.outcome, .saved, store)
        let session = try manager.repository.loaded(logIn(first))
        XCTAssertFalse(try session.isCSRFToken(csrf), "\(store), \(policy)")
        XCTAssertFalse(try session.hasFormToken(form), "\(store), \(policy)")
      }
    }
  }

  func testTokensFromBeforeALoginDoNotPassAfterIt() throws {
    var csrf = ""
    var form = ""
    let prepare: (Session) throws -> Void = { session in
      (csrf, form) = (try session.makeCSRFToken(), try session.makeFormToken())
    }
    try onTwoRequests(prepare: prepare) { manager, first, second, store in
      let new = try logIn(first)
      try second.session?.set("late", to: 1)
      try second.finishSuccessful()
      let session = try manager.repository.loaded(new)
      XCTAssertFalse(try session.isCSRFToken(csrf), store)
      XCTAssertFalse(try session.hasFormToken(form), store)
    }
  }

  // MARK: Two logins

  func testOfTwoLoginsEachHasASessionOfItsOwn() throws {
    try onTwoRequests { manager, first, second, store in
      let old = try XCTUnwrap(first.session?.id)
      let (ada, bob) = (try logIn(first, as: "ada"), try logIn(second, as: "bob"))
      XCTAssertEqual([first.outcome, second.outcome], [.renewed, .created], store)
      XCTAssertEqual(Set([old, ada, bob]).count, 3, store)
      XCTAssertEqual(try manager.repository.loaded(ada).user, "ada", store)
      XCTAssertEqual(try manager.repository.loaded(bob).user, "bob", store)
      XCTAssertNotNil(second.setCookieHeader, store)
      XCTAssertEqual(Set(try manager.repository.allIDs()), [ada, bob], store)
    }
  }

  // MARK: Logging out

  func testALogoutEndsTheSessionThatWasGivenANewIDMeanwhile() throws {
    try onTwoRequests(user: "ada") { manager, first, second, store in
      _ = try first.renewID()
      try first.finishSuccessful()
      XCTAssertTrue(try second.expireSession(), store)
      try second.finishSuccessful()
      XCTAssertEqual(second.outcome, .deleted, store)
      XCTAssertEqual(try manager.repository.allIDs(), [], "\(store): it is still logged in")
    }
  }

  func testALogoutByAnEmptySessionEndsTheOneThatWasGivenANewID() throws {
    try onTwoRequests(attributes: [:], user: "ada") { manager, first, second, store in
      _ = try first.renewID()
      try first.finishSuccessful()
      try second.session?.setUser(nil)
      try second.finishSuccessful()
      for id in try manager.repository.allIDs() {
        XCTAssertNil(try manager.repository.loaded(id).user, "\(store): it is still logged in")
      }
    }
  }

  func testALogoutThatKeepsAttributesReachesTheNewID() throws {
    try onTwoRequests(user: "ada") { manager, first, second, store in
      _ = try first.renewID()
      try first.finishSuccessful()
      try second.session?.setUser(nil)
      try second.finishSuccessful()
      XCTAssertNil(try manager.repository.loaded(XCTUnwrap(first.session?.id)).user, store)
      XCTAssertNil(second.setCookieHeader, store)
    }
  }

  // MARK: Changes

  func testAnAttributeReachesTheNewID() throws {
    try onTwoRequests(user: "ada") { manager, first, second, store in
      _ = try first.renewID()
      try first.finishSuccessful()
      try second.session?.set("late", to: 1)
      try second.finishSuccessful()
      XCTAssertEqual(second.outcome, .saved, store)
      let new = try XCTUnwrap(first.session?.id)
      XCTAssertEqual(try manager.repository.stored("late", of: new), 1, store)
      XCTAssertEqual(try manager.repository.stored("n", of: new), 1, store)
    }
  }

  func testARemovalOfTheLastAttributeReachesTheNewID() throws {
    try onTwoRequests { manager, first, second, store in
      try first.session?.set("other", to: 1)
      _ = try first.renewID()
      try first.finishSuccessful()
      try second.session?.remove("n")
      try second.finishSuccessful()
      let new = try XCTUnwrap(first.session?.id)
      XCTAssertEqual(try manager.repository.loaded(new).attributes, [.init("other", 1)], store)
      XCTAssertNil(second.setCookieHeader, store)
    }
  }

  func testARequestOfAnotherProcessIsToldThatItsSessionIsGone() throws {
    let path = try temporaryDirectory()
    let managers = try (0..<2).map { _ in
      try SessionManager(SessionRepository(DirectorySessionStore.open(path)))
    }
    let browser = Browser(try managers[0].repository.make(["n": 1]))
    let (first, second) = (try browser.start(managers[0]), try browser.start(managers[1]))
    let new = try logIn(first)
    try second.session?.set("late", to: 1)
    try second.finishSuccessful()
    XCTAssertEqual(second.outcome, .gone)
    XCTAssertNil(second.setCookieHeader)
    XCTAssertEqual(try managers[1].repository.loaded(new).attributes, [.init("n", 1)])
  }
}

extension Session {
  /// Logs somebody in, and makes a csrf token.
  fileprivate func makeToken(after user: Value) throws -> String {
    try setUser(user)
    return try makeCSRFToken()
  }
}
