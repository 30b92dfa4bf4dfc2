// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// A copy that was loaded before the session got its new id, and is saved after it.
final class RenewCopyTests: XCTestCase {
  /// A session that was renewed, and a copy from before.
  private func renewed(
    _ sessions: SessionRepository
  ) throws -> (session: Session, copy: Session, old: SessionID) {
    let old = try sessions.make(["n": 1], user: "ada")
    let (session, copy) = (try sessions.loaded(old), try sessions.loaded(old))
    try session.set("renewed", to: 1)
    try sessions.renew(session)
    return (session, copy, old)
  }

  func testItReachesTheNewSessionAndKeepsItsOwnID() throws {
    try onEachStore { sessions, store in
      let (session, copy, old) = try renewed(sessions)
      try copy.set("late", to: 1)
      XCTAssertFalse(copy.isMoved, store)
      try sessions.save(copy)
      XCTAssertEqual(copy.id, old, "\(store): nobody is told the new id")
      XCTAssertTrue(copy.isMoved, store)
      let expected: Value = ["late": 1, "n": 1, "renewed": 1]
      XCTAssertEqual(.map(try sessions.loaded(XCTUnwrap(session.id)).attributes), expected, store)
      XCTAssertEqual(try sessions.allIDs(), [try XCTUnwrap(session.id)], store)
    }
  }

  func testItMaySaveAgainAndAgain() throws {
    try onEachStore { sessions, store in
      let (session, copy, old) = try renewed(sessions)
      for round in 0..<5 {
        try copy.set("late", to: .int(Int64(round)))
        try sessions.save(copy)
        _ = try sessions.increment(XCTUnwrap(session.id), "between")
      }
      XCTAssertEqual(copy.id, old, store)
      XCTAssertEqual(try sessions.stored("late", of: XCTUnwrap(session.id)), 4, store)
      XCTAssertEqual(try sessions.stored("between", of: XCTUnwrap(session.id)), 5, store)
    }
  }

  func testAnUnchangedOneIsASignOfUse() throws {
    let clock = ManualClock()
    try onEachStore(StoreSettings(clock: clock.clock)) { sessions, store in
      let (session, copy, old) = try renewed(sessions)
      clock.now += ManualClock.hour
      try sessions.save(copy)
      XCTAssertTrue(copy.isMoved, store)
      XCTAssertEqual(copy.id, old, store)
      XCTAssertEqual(try sessions.loaded(XCTUnwrap(session.id)).accessed, clock.now, store)
      XCTAssertFalse(try sessions.has(old), store)
    }
  }

  func testItFollowsThroughSeveralRenewals() throws {
    try onEachStore { sessions, store in
      let session = try sessions.loaded(sessions.make())
      var copies: [Session] = []
      for _ in 0..<5 {
        try copies.append(sessions.loaded(XCTUnwrap(session.id)))
        try sessions.renew(session)
      }
      for (index, copy) in copies.enumerated() {
        try copy.set("copy \(index)", to: 1)
        try sessions.save(copy)
      }
      XCTAssertEqual(try sessions.loaded(XCTUnwrap(session.id)).attributes.count, 5, store)
    }
  }

  func testItsPolicyHolds() throws {
    try onEachStore { sessions, store in
      let (session, copy, _) = try renewed(sessions)
      try copy.set("late", to: 1)
      assertError(.conflict, try sessions.save(copy, policy: .fail), store)
      XCTAssertFalse(copy.isMoved, store)
      XCTAssertTrue(copy.isChanged, store)
      try sessions.save(copy, policy: .overwrite)
      let expected: Value = ["late": 1, "n": 1]
      XCTAssertEqual(.map(try sessions.loaded(XCTUnwrap(session.id)).attributes), expected, store)
    }
  }

  func testItsPolicyHoldsAlsoWhereSomebodyElseLoggedIn() throws {
    try onEachStore { sessions, store in
      let old = try sessions.make(["n": 1])
      let (session, copy) = (try sessions.loaded(old), try sessions.loaded(old))
      try session.setUser("ada")
      try sessions.renew(session)
      try copy.set("late", to: 1)
      assertError(.conflict, try sessions.save(copy, policy: .fail), store)
      XCTAssertTrue(copy.isChanged, store)
      for policy in [SavePolicy.overwrite, .merge] {
        try copy.set("late", to: 1)
        try sessions.save(copy, policy: policy)
      }
      let stored = try sessions.loaded(XCTUnwrap(session.id))
      XCTAssertEqual(try stored.attributes.map(\.key), ["late", "n"], store)
      XCTAssertEqual(try stored.user, "ada", store)
      XCTAssertNil(try copy.user, "\(store): it is told nothing")
    }
  }

  func testItFollowsARenewalThatComesWhileItFollowsOne() throws {
    let store = try ScriptedStore()
    let sessions = SessionRepository(store)
    let old = try sessions.make()
    let (session, copy) = (try sessions.loaded(old), try sessions.loaded(old))
    try sessions.renew(session)
    let middle = try XCTUnwrap(session.id)
    try copy.set("late", to: 1)
    store.before = { (verb, id) throws(StoreError) in
      guard verb == .read, id == middle else { return }
      store.before = nil
      try sessions.renew(session)
    }
    try sessions.save(copy)
    XCTAssertEqual(try sessions.allIDs(), [try XCTUnwrap(session.id)])
    XCTAssertEqual(try sessions.stored("late", of: XCTUnwrap(session.id)), 1)
  }

  func testItIsNotRenewedItself() throws {
    try onEachStore { sessions, store in
      let (session, copy, old) = try renewed(sessions)
      try copy.set("late", to: 1)
      assertError(.gone, try sessions.renew(copy), store)
      try sessions.save(copy)
      assertError(.gone, try sessions.renew(copy), "\(store): also after a save")
      XCTAssertEqual(copy.id, old, store)
      XCTAssertEqual(try sessions.allIDs(), [try XCTUnwrap(session.id)], store)
    }
  }

  func testItDoesNotDeleteTheNewSessionAsUnchanged() throws {
    try onEachStore { sessions, store in
      let (session, copy, _) = try renewed(sessions)
      XCTAssertFalse(try sessions.deleteUnchanged(copy), store)
      XCTAssertEqual(try sessions.allIDs(), [try XCTUnwrap(session.id)], store)
    }
  }

  func testALogoutOfTheNewSessionStays() throws {
    try onEachStore { sessions, store in
      for policy in [SavePolicy.merge, .overwrite, .fail] {
        for isChanged in [true, false] {
          let (session, copy, _) = try renewed(sessions)
          XCTAssertTrue(try sessions.delete(XCTUnwrap(session.id)), store)
          if isChanged { try copy.set("late", to: 1) }
          assertError(.gone, try sessions.save(copy, policy: policy), store)
          XCTAssertFalse(copy.isMoved, store)
          XCTAssertEqual(try sessions.allIDs(), [], store)
        }
      }
    }
  }

  func testNoOtherStoreHandleFollows() throws {
    try onEachStore { sessions, store in
      let other = SessionRepository(sessions.store)
      let old = try sessions.make()
      let (session, copy) = (try sessions.loaded(old), try other.loaded(old))
      try sessions.renew(session)
      try copy.set("late", to: 1)
      assertError(.gone, try other.save(copy), store)
      XCTAssertEqual(try sessions.loaded(XCTUnwrap(session.id)).attributes, [], store)
    }
  }

  func testAHandleWithAnotherResolutionFollows() throws {
    try onEachStore { sessions, store in
      let other = sessions.with(resolution: 7)
      let old = try sessions.make()
      let (session, copy) = (try sessions.loaded(old), try other.loaded(old))
      try sessions.renew(session)
      try copy.set("late", to: 1)
      try other.save(copy)
      XCTAssertEqual(try sessions.stored("late", of: XCTUnwrap(session.id)), 1, store)
    }
  }

  func testASaveRightBehindTheMoveReachesTheNewSession() throws {
    let store = try ScriptedStore()
    let sessions = SessionRepository(store)
    let old = try sessions.make()
    let session = try sessions.loaded(old)
    nonisolated(unsafe) let copy = try sessions.loaded(old)
    try copy.set("late", to: 1)
    let failure = ThreadSafe<(any Error)?>(nil)
    let saver = Thread {
      do { try sessions.save(copy) } catch { failure.change { $0 = error } }
    }
    store.after = { (verb, id) throws(StoreError) in
      guard verb == .remove, id == old else { return }
      store.after = nil
      // It finds nothing under the old id, and the new one is not known yet.
      saver.start()
      usleep(20_000)
    }
    try sessions.renew(session)
    while !saver.isFinished { usleep(1_000) }
    XCTAssertNil(failure.value)
    XCTAssertEqual(copy.id, old)
    XCTAssertEqual(try sessions.stored("late", of: XCTUnwrap(session.id)), 1)
  }

  func testASaveBeforeTheOldRecordIsRemovedIsMerged() throws {
    for verb in [ScriptedStore.Verb.create, .remove] {
      let store = try ScriptedStore()
      let sessions = SessionRepository(store)
      let old = try sessions.make()
      let (session, copy) = (try sessions.loaded(old), try sessions.loaded(old))
      try copy.set("late", to: 1)
      store.before = { (called, _) throws(StoreError) in
        guard called == verb else { return }
        store.before = nil
        try sessions.save(copy)
      }
      try sessions.renew(session)
      XCTAssertFalse(copy.isMoved)
      XCTAssertEqual(try sessions.allIDs(), [try XCTUnwrap(session.id)], "\(verb)")
      XCTAssertEqual(try sessions.stored("late", of: XCTUnwrap(session.id)), 1, "\(verb)")
      XCTAssertEqual(try session.value("late"), 1)
    }
  }

  func testALogoutBeforeTheOldRecordIsRemovedStays() throws {
    for verb in [ScriptedStore.Verb.create, .remove] {
      let store = try ScriptedStore()
      let sessions = SessionRepository(store)
      let session = try sessions.loaded(sessions.make())
      let old = try XCTUnwrap(session.id)
      store.before = { (called, _) throws(StoreError) in
        guard called == verb else { return }
        store.before = nil
        _ = try sessions.delete(old)
      }
      assertError(.gone, try sessions.renew(session), "\(verb)")
      XCTAssertEqual(try sessions.allIDs(), [], "\(verb)")
    }
  }
}
