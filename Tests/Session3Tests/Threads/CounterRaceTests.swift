// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Eight threads count in one session, and lose nothing.
final class CounterRaceTests: XCTestCase {
  private static let threads = 8
  private static let rounds = 1_000
  private static var total: Int64 { Int64(threads * rounds) }

  func testNoIncrementIsLost() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      // With compare-and-swap alone so few that no thread can lose more tries than it is granted.
      let rounds = sessions.store is CASStore ? 100 : Self.rounds
      try onThreads(Self.threads) { _ in
        for _ in 0..<rounds { _ = try sessions.increment(id, "n") }
      }
      let total = Self.threads * rounds
      XCTAssertEqual(try sessions.stored("n", of: id), .int(Int64(total)), store)
      let version = try XCTUnwrap(sessions.store.read(id)).version
      XCTAssertEqual(version.revision, UInt64(total) + 1, store)
    }
  }

  func testNoIncrementIsLostWhileTheSessionGrows() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      try onThreads(5) { thread in
        guard thread == 0 else {
          for _ in 0..<150 { _ = try sessions.increment(id, "n") }
          return
        }
        let session = try sessions.loaded(id)
        for size in stride(from: 1_000, through: 500_000, by: 25_000) {
          try session.set("filling", to: .binary([UInt8](repeating: 1, count: size)))
          try sessions.save(session)
        }
      }
      XCTAssertEqual(try sessions.stored("n", of: id), 600, store)
    }
  }

  func testEachIncrementHasItsOwnResult() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      let results = ThreadSafe<Set<Int64>>([])
      try onThreads(Self.threads) { _ in
        var mine: Set<Int64> = []
        for _ in 0..<100 { mine.insert(try sessions.increment(id, "n")) }
        let seen = mine
        results.change { $0.formUnion(seen) }
      }
      XCTAssertEqual(results.value, Set(1...800), store)
    }
  }

  func testNoSaveThatFailsOnConflictAndTriesAgainIsLost() throws {
    try onEachStore(StoreSettings(policy: .fail)) { sessions, store in
      let id = try sessions.make(["n": 0])
      try onThreads(Self.threads) { _ in
        for _ in 0..<Self.rounds { try Self.countByHand(id, in: sessions) }
      }
      XCTAssertEqual(try sessions.stored("n", of: id), .int(Self.total), store)
    }
  }

  /// Loads, adds, saves, until nobody else was in between.
  private static func countByHand(_ id: SessionID, in sessions: SessionRepository) throws {
    while true {
      let session = try sessions.loaded(id)
      guard case .int(let number) = try session.value("n") else { throw StoreError(.type, "no n") }
      try session.set("n", to: .int(number + 1))
      do throws(StoreError) { return try sessions.save(session) } catch {
        guard error.code == .conflict else { throw error }
      }
    }
  }

  func testATokenPassesOnceWhoeverAsks() throws {
    try onEachStore { sessions, store in
      let session = Session()
      let tokens = try (0..<32).map { _ in try session.makeFormToken() }
      try sessions.create(session)
      let id = try XCTUnwrap(session.id)
      let passed = ThreadSafe(0)
      try onThreads(Self.threads) { _ in
        for token in tokens where try sessions.consumeFormToken(id, token) {
          passed.change { $0 += 1 }
        }
      }
      XCTAssertEqual(passed.value, tokens.count, store)
    }
  }
}
