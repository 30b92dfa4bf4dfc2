// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Two processes on one directory, as far as one process can play both: each has a store and a
/// memory of renewals of its own.
final class ManagerOtherHostTests: XCTestCase {
  private var hosts: [SessionManager] = []
  private let browser = Browser()

  override func setUpWithError() throws {
    let path = try temporaryDirectory()
    hosts = try (0..<2).map { _ in
      try SessionManager(SessionRepository(DirectorySessionStore.open(path)))
    }
  }

  /// A session that the first host gave a new id, and the second another.
  private func renewedByBoth() throws {
    try browser.visit(hosts[0]) { session, _ in try session.set("n", to: 1) }
    try browser.visit(hosts[0]) { session, _ in try session.setUser("ada") }
    try browser.visit(hosts[1]) { _, request in _ = try request.renewID() }
  }

  func testALoginOnTheOneIsALoginOnTheOther() throws {
    try browser.visit(hosts[0]) { session, _ in try session.setUser("ada") }
    XCTAssertEqual(try browser.user(hosts[1]), "ada")
    try browser.visit(hosts[1]) { _, request in _ = try request.expireSession() }
    XCTAssertNil(try browser.user(hosts[0]))
  }

  func testLogOutElsewhereSparesASessionThatTheOtherHostRenewedLast() throws {
    try renewedByBoth()
    try browser.visit(hosts[0]) { _, request in _ = try request.expireUserSessions(.others) }
    XCTAssertEqual(try browser.user(hosts[0]), "ada")
  }

  func testALogoutEndsASessionThatTheOtherHostRenewedLast() throws {
    try renewedByBoth()
    try browser.visit(hosts[0]) { _, request in _ = try request.expireSession() }
    XCTAssertEqual(try hosts[0].repository.allIDs(), [])
  }

  func testAnAttributeReachesASessionThatTheOtherHostRenewedLast() throws {
    try renewedByBoth()
    let outcome = try browser.visit(hosts[0]) { session, _ in try session.set("m", to: 1) }
    XCTAssertEqual(outcome, .saved)
    XCTAssertEqual(try browser.start(hosts[1]).session?.value("m"), 1)
  }

  func testASessionThatTheOtherHostRenewedLastIsDiscarded() throws {
    try renewedByBoth()
    let outcome = try browser.visit(hosts[0]) { session, _ in
      try session.setUser(nil)
      try session.remove("n")
    }
    XCTAssertEqual(outcome, .deleted)
    XCTAssertEqual(try hosts[0].repository.allIDs(), [])
  }

  func testALogoutOnOneHostIsNotUndoneByARequestOnTheOther() throws {
    try browser.visit(hosts[0]) { session, _ in try session.setUser("ada") }
    let late = try browser.start(hosts[1])
    try browser.visit(hosts[0]) { _, request in _ = try request.expireSession() }
    try late.session?.set("late", to: 1)
    try late.finishSuccessful()
    XCTAssertEqual(late.outcome, .gone)
    XCTAssertNil(late.setCookieHeader, "it could undo a login that came after the logout")
    XCTAssertEqual(try hosts[0].repository.allIDs(), [])
  }

  /// A host that brings deleted sessions back, as Session3 does, does not know that this one moved.
  func testALateRenewalDoesNotTakeTheCookieOfALoginOnTheOtherHost() throws {
    let reviving = try SessionManager(
      SessionRepository(
        hosts[1].repository.store, policy: SavePolicy(.merge, resurrects: true)))
    try browser.visit(hosts[0]) { session, _ in try session.set("n", to: 1) }
    let late = try browser.start(reviving)
    try browser.visit(hosts[0]) { session, _ in try session.setUser("ada") }
    _ = try late.renewID()
    try late.finishSuccessful()
    browser.receive(late)
    XCTAssertEqual(try browser.user(hosts[0]), "ada")
  }
}
