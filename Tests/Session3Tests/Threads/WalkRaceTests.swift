// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Sweeps and walks beside writers.
final class WalkRaceTests: XCTestCase {
  /// Writers make, save and delete sessions beside `body`, which two threads run over and over.
  private func besideWriters(
    _ sessions: SessionRepository, _ body: @escaping @Sendable () throws -> Void
  ) throws {
    let writing = Flag(2)
    try onThreads(4) { thread in
      guard thread < 2 else {
        repeat { try body() } while writing.isRaised
        return
      }
      defer { writing.lower() }
      for round in 0..<150 {
        let id = try sessions.make(["n": 0])
        let session = try sessions.loaded(id)
        let size = round % 7 * 1_000
        try session.set("filling", to: .binary([UInt8](repeating: 1, count: size)))
        try sessions.save(session)
        _ = try sessions.increment(id, "n")
        guard try sessions.delete(id) else { throw StoreError(.gone, "swept while in use") }
      }
    }
  }

  func testAWalkSeesEachSessionThatStays() throws {
    try onEachStore { sessions, store in
      let staying = Set(try (0..<40).map { _ in try sessions.make(["stays": true]) })
      try besideWriters(sessions) {
        var seen: [SessionID] = []
        let iterator = try sessions.sessions()
        while let session = try iterator.next() {
          if let id = session.id, staying.contains(id) { seen.append(id) }
        }
        guard seen.count == staying.count, Set(seen) == staying else {
          throw StoreError(.gone, "a walk missed a session, or saw it twice")
        }
      }
      XCTAssertEqual(Set(try sessions.allIDs()), staying, store)
    }
  }

  func testASweepTakesTheOldAndNoneInUse() throws {
    let clock = ManualClock()
    try onEachStore(StoreSettings(clock: clock.clock)) { sessions, store in
      for _ in 0..<200 { _ = try sessions.make() }
      clock.now += ManualClock.hour
      let staying = Set(try (0..<40).map { _ in try sessions.make() })
      let deleted = ThreadSafe<UInt64>(0)
      try besideWriters(sessions) {
        let result = try sessions.sweep(olderThan: ManualClock.minute)
        deleted.change { $0 += result.deleted }
      }
      XCTAssertEqual(Set(try sessions.allIDs()), staying, store)
      XCTAssertEqual(deleted.value, 200, "\(store): each was counted once")
    }
  }

  func testLoggingAUserOutEverywhereMeetsNoOther() throws {
    try onEachStore { sessions, store in
      let staying = Set(try (0..<20).map { _ in try sessions.make(user: "bob") })
      for _ in 0..<100 { _ = try sessions.make(user: "ada") }
      let deleted = ThreadSafe<UInt64>(0)
      try besideWriters(sessions) {
        let count = try sessions.deleteSessions(ofUser: "ada")
        deleted.change { $0 += count }
      }
      XCTAssertEqual(deleted.value, 100, store)
      XCTAssertEqual(Set(try sessions.allIDs()), staying, store)
    }
  }

  func testTwoHostsOfADirectoryCountTogether() throws {
    let store = try directoryStore()
    let first = SessionRepository(store)
    let id = try first.make()
    let path = store.path
    try onThreads(4) { _ in
      let mine = SessionRepository(try DirectorySessionStore.open(path))
      for _ in 0..<250 { _ = try mine.increment(id, "n") }
    }
    XCTAssertEqual(try first.stored("n", of: id), 1_000)
    XCTAssertEqual(try names(in: path), [id.text, ".session3"])
  }
}
