// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Of a host's compare-and-swap store a save is told what is stored; when it stores its merge, that
/// may be gone, or another session.
final class LateConflictTests: XCTestCase {
  private let store = CASStore()
  private var sessions: SessionRepository!
  private var id: SessionID!
  /// Loaded, and changed, before somebody else saved.
  private var late: Session!

  override func setUpWithError() throws {
    sessions = repository(store, StoreSettings())
    id = try sessions.make(["n": 1])
    late = try sessions.loaded(id)
    try late.set("mine", to: 1)
    _ = try sessions.increment(id, "n")
  }

  /// What happens to the session between the conflict and what the save does then.
  private func meanwhile(
    _ body: @escaping @Sendable (SessionRepository, SessionID) throws -> Void
  ) {
    store.atConflict.change { interlude in
      interlude = { [sessions = sessions!, id = id!] in
        do { try body(sessions, id) } catch { XCTFail("\(error)") }
      }
    }
  }

  private func logOut() {
    meanwhile { sessions, id in XCTAssertTrue(try sessions.delete(id)) }
  }

  private func logOutAndIn() {
    meanwhile { sessions, id in
      XCTAssertTrue(try sessions.delete(id))
      try sessions.create(Session(id: id))
    }
  }

  private func assertInterrupted(line: UInt = #line) {
    XCTAssertTrue(store.atConflict.value == nil, "there was no conflict", line: line)
  }

  func testALogoutStays() throws {
    for onConflict in [SavePolicy.merge, .overwrite] {
      try setUpWithError()
      logOut()
      assertError(.gone, try sessions.save(late, policy: onConflict))
      assertInterrupted()
      XCTAssertNil(try sessions.load(id))
      XCTAssertEqual(try late.value("mine"), 1, "a save that failed changes nothing")
    }
  }

  func testAnotherSessionOfTheIDIsLeftAlone() throws {
    for onConflict in [SavePolicy.merge, .overwrite] {
      try setUpWithError()
      logOutAndIn()
      assertError(.gone, try sessions.save(late, policy: onConflict))
      assertInterrupted()
      XCTAssertNil(try sessions.stored("mine", of: id))
    }
  }

  func testASaveThatFailsAtConflictsLooksNoFurther() throws {
    logOut()
    assertError(.conflict, try sessions.save(late, policy: .fail))
    assertInterrupted()
    XCTAssertNil(try sessions.load(id))
  }

  func testAResurrectionStoresOurs() throws {
    for interlude in [logOut, logOutAndIn] {
      try setUpWithError()
      interlude()
      try sessions.save(late, policy: SavePolicy(.merge, resurrects: true))
      assertInterrupted()
      XCTAssertEqual(try sessions.stored("mine", of: id), 1)
      XCTAssertEqual(try sessions.stored("n", of: id), 1, "theirs went with their session")
    }
  }

  func testAThirdSaversChangeIsMergedToo() throws {
    meanwhile { sessions, id in _ = try sessions.increment(id, "third") }
    let before = store.monitor.statistics
    try sessions.save(late)
    assertInterrupted()
    for (key, value) in ["n": 2, "mine": 1, "third": 1] as [String: Value] {
      XCTAssertEqual(try sessions.stored(key, of: id), value, key)
      XCTAssertEqual(try late.value(key), value, key)
    }
    let after = store.monitor.statistics
    XCTAssertEqual(after.saves - before.saves, 1)
    XCTAssertEqual(after.conflicts - before.conflicts, 2)
    XCTAssertEqual(after.merges - before.merges, 2)
  }
}
