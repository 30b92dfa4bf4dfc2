// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A renewal on a store that fails at any of its calls: nothing is lost, nothing is there twice for
/// somebody who knows both.
final class RenewFailureTests: XCTestCase {
  private var store: ScriptedStore!
  private var sessions: SessionRepository!
  private var session: Session!
  private var old: SessionID!

  override func setUpWithError() throws {
    store = try ScriptedStore()
    sessions = SessionRepository(store)
    old = try sessions.make(["n": 1], user: "ada")
    session = try sessions.loaded(old)
    try session.set("ours", to: 1)
  }

  /// Fails once, at a verb.
  private func fail(_ verb: ScriptedStore.Verb, isMade: Bool) {
    let script: ScriptedStore.Script = { [store] (called, _) throws(StoreError) in
      guard called == verb else { return }
      store?.before = nil
      store?.after = nil
      throw StoreError(call: "scripted", errno: EIO)
    }
    if isMade { store.after = script } else { store.before = script }
  }

  private func assertSessionIsAsItWas(_ message: String) throws {
    XCTAssertEqual(session.id, old, message)
    XCTAssertTrue(session.isChanged, message)
    XCTAssertEqual(try session.value("ours"), 1, message)
  }

  func testAFailureLeavesAllAsItWasAndMayBeTriedAgain() throws {
    for verb in [ScriptedStore.Verb.read, .create, .remove] {
      try setUpWithError()
      fail(verb, isMade: false)
      assertError(.io, try sessions.renew(session), "\(verb)")
      try assertSessionIsAsItWas("\(verb)")
      XCTAssertEqual(try sessions.allIDs(), [old], "\(verb): no second session")
      XCTAssertEqual(try sessions.loaded(old).attributes, [.init("n", 1)], "\(verb)")
      try sessions.renew(session)
      XCTAssertEqual(try sessions.allIDs(), [try XCTUnwrap(session.id)], "\(verb)")
      XCTAssertEqual(try sessions.stored("ours", of: XCTUnwrap(session.id)), 1, "\(verb)")
    }
  }

  func testAReadOrCreationThatWasMadeButFailedLeavesTheOldSession() throws {
    for verb in [ScriptedStore.Verb.read, .create] {
      try setUpWithError()
      fail(verb, isMade: true)
      assertError(.io, try sessions.renew(session), "\(verb)")
      try assertSessionIsAsItWas("\(verb)")
      XCTAssertEqual(try sessions.loaded(old).attributes, [.init("n", 1)], "\(verb)")
      try sessions.renew(session)
      XCTAssertFalse(try sessions.has(old), "\(verb)")
      XCTAssertEqual(try sessions.stored("ours", of: XCTUnwrap(session.id)), 1, "\(verb)")
    }
  }

  func testARemovalThatWasMadeButFailedDoesNotLoseTheSession() throws {
    fail(.remove, isMade: true)
    do throws(StoreError) { try sessions.renew(session) } catch {
      // What became of it is not known; but it is somewhere, and can be had.
      try sessions.renew(session)
    }
    XCTAssertEqual(try sessions.stored("n", of: XCTUnwrap(session.id)), 1)
  }

  func testAFailedRenewalIsNotRemembered() throws {
    let copy = try sessions.loaded(old)
    fail(.remove, isMade: false)
    assertError(.io, try sessions.renew(session))
    XCTAssertTrue(try sessions.delete(old))
    try copy.set("late", to: 1)
    assertError(.gone, try sessions.save(copy))
    XCTAssertEqual(try sessions.allIDs(), [])
  }

  func testAnEarlierRenewalIsRememberedWhereALaterOneFails() throws {
    let copy = try sessions.loaded(old)
    try sessions.renew(session)
    try session.set("ours", to: 2)
    fail(.create, isMade: false)
    assertError(.io, try sessions.renew(session))
    try copy.set("late", to: 1)
    try sessions.save(copy)
    XCTAssertEqual(try sessions.stored("late", of: XCTUnwrap(session.id)), 1)
  }

  func testASessionThatOthersChangeWithoutEndIsBusy() throws {
    let (sessions, old) = (try XCTUnwrap(sessions), try XCTUnwrap(old))
    store.before = { (verb, _) throws(StoreError) in
      if verb == .remove { _ = try? SessionRepository(sessions.store).increment(old, "n") }
    }
    let start = StoreClock.system.now()
    assertError(.busy, try sessions.renew(session))
    XCTAssertLessThan(age(from: start, to: StoreClock.system.now()), 2 * casPatience)
    store.before = nil
    try assertSessionIsAsItWas("busy")
    XCTAssertEqual(try sessions.allIDs(), [old])
  }
}
