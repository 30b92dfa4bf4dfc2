// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Two hosts load one session, both change it, the second saves by a policy.
final class PolicyTests: XCTestCase {
  private let stored: [String: Value] = ["both": 0, "dropped": 0, "mine": 0, "theirs": 0]

  /// Has the first host save.
  /// - Returns: what the second wants to save.
  private func second(_ sessions: SessionRepository, _ id: SessionID) throws -> Session {
    let (first, second) = (try sessions.loaded(id), try sessions.loaded(id))
    try first.set("theirs", to: 1)
    try first.set("both", to: 1)
    try first.remove("dropped")
    try sessions.save(first)
    try second.set("mine", to: 2)
    try second.set("both", to: 2)
    return second
  }

  private func attributes(of id: SessionID, in sessions: SessionRepository) throws -> Value {
    .map(try sessions.loaded(id).attributes)
  }

  func testMergeKeepsBothChanges() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(stored)
      let second = try second(sessions, id)
      try sessions.save(second, policy: .merge)
      let merged: Value = ["both": 2, "mine": 2, "theirs": 1]
      XCTAssertEqual(try attributes(of: id, in: sessions), merged, store)
      XCTAssertEqual(.map(try second.attributes), merged, "\(store): it holds what is stored")
      XCTAssertFalse(second.isChanged, store)
      XCTAssertEqual(try XCTUnwrap(sessions.store.read(id)).version.revision, 3, store)
    }
  }

  func testOverwriteDropsTheirs() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(stored)
      let second = try second(sessions, id)
      try sessions.save(second, policy: .overwrite)
      let ours: Value = ["both": 2, "dropped": 0, "mine": 2, "theirs": 0]
      XCTAssertEqual(try attributes(of: id, in: sessions), ours, store)
      XCTAssertEqual(try XCTUnwrap(sessions.store.read(id)).version.revision, 3, store)
    }
  }

  func testFailWritesNothing() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(stored)
      let second = try second(sessions, id)
      let before = second.payloadBytes
      let version = try XCTUnwrap(sessions.store.read(id)).version
      assertError(.conflict, try sessions.save(second, policy: .fail), store)
      XCTAssertEqual(try XCTUnwrap(sessions.store.read(id)).version, version, store)
      XCTAssertEqual(second.payloadBytes, before, store)
      XCTAssertTrue(second.isChanged, store)
      assertError(.conflict, try sessions.save(second, policy: .fail), "\(store), again")
      try sessions.save(second, policy: .merge)
      XCTAssertEqual(try sessions.stored("theirs", of: id), 1, store)
    }
  }

  func testFailSavesWhereNobodyElseWas() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(stored)
      let session = try sessions.loaded(id)
      try session.set("mine", to: 1)
      try sessions.save(session, policy: .fail)
      try session.set("mine", to: 2)
      try sessions.save(session, policy: .fail)
      XCTAssertEqual(try sessions.stored("mine", of: id), 2, store)
    }
  }

  func testTheRepositorysPolicyIsTheDefault() throws {
    try onEachStore(StoreSettings(policy: .fail)) { sessions, store in
      let id = try sessions.make(stored)
      assertError(.conflict, try sessions.save(second(sessions, id)), store)
    }
    try onEachStore(StoreSettings(policy: .overwrite)) { sessions, store in
      let id = try sessions.make(stored)
      try sessions.save(second(sessions, id))
      XCTAssertEqual(try sessions.stored("theirs", of: id), 0, store)
    }
  }

  func testAMergeOfEqualChangesIsASave() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(stored)
      let (first, second) = (try sessions.loaded(id), try sessions.loaded(id))
      for session in [first, second] { try session.set("both", to: 7) }
      try sessions.save(first)
      try sessions.save(second)
      XCTAssertEqual(try sessions.stored("both", of: id), 7, store)
    }
  }

  func testACopyGoesOnFromWhatAMergeBrought() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(stored)
      let second = try second(sessions, id)
      try sessions.save(second)
      let third = try sessions.loaded(id)
      try third.set("theirs", to: 9)
      try sessions.save(third)
      try second.set("more", to: 1)
      try sessions.save(second)
      XCTAssertEqual(try sessions.stored("theirs", of: id), 9, store)
      XCTAssertEqual(try sessions.stored("more", of: id), 1, store)
    }
  }
}
