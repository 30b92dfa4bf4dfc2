// SPDX-License-Identifier: MIT
import CSession3System
import XCTest

@testable import Session3

/// What a store counts.
final class StatisticsTests: XCTestCase {
  /// The counters that changed during an action.
  private func counted(
    _ repository: SessionRepository, _ action: () throws -> Void
  ) rethrows -> [String: UInt64] {
    let before = counters(repository)
    try action()
    return counters(repository).filter { $0.value != before[$0.key] }
      .mapValues { $0 }.reduce(into: [:]) { $0[$1.key] = $1.value - (before[$1.key] ?? 0) }
  }

  private func counters(_ repository: SessionRepository) -> [String: UInt64] {
    var found: [String: UInt64] = [:]
    for child in Mirror(reflecting: repository.store.monitor.statistics).children {
      if let name = child.label, let value = child.value as? UInt64 { found[name] = value }
    }
    return found
  }

  /// Those that are no sizes.
  private func events(
    _ repository: SessionRepository, _ action: () throws -> Void
  ) rethrows -> [String: UInt64] {
    try counted(repository, action).filter { !$0.key.hasPrefix("bytes") }
  }

  func testANewStoreHasCountedNothing() throws {
    try onEachStore { repository, name in
      XCTAssertEqual(repository.store.monitor.statistics, StoreStatistics(), name)
    }
  }

  func testEachDeedIsCountedOnce() throws {
    try onEachStore { repository, name in
      var id = SessionID("none")
      XCTAssertEqual(try events(repository) { id = try repository.make() }, ["creates": 1], name)
      let known = try XCTUnwrap(id)
      let session = try repository.loaded(known)
      try session.set("a", to: 1)
      XCTAssertEqual(
        try events(repository) { _ = try repository.load(known) }, ["loads": 1, "hits": 1], name)
      XCTAssertEqual(
        try events(repository) { _ = try repository.load(XCTUnwrap(SessionID("nobody"))) },
        ["loads": 1, "misses": 1], name)
      XCTAssertEqual(try events(repository) { try repository.save(session) }, ["saves": 1], name)
      XCTAssertEqual(
        try events(repository) { try repository.save(session) }, ["unchanged": 1], name)
      XCTAssertEqual(
        try events(repository) { try repository.increment(known, "n") }, ["updates": 1], name)
      XCTAssertEqual(
        try events(repository) { _ = try repository.consumeFormToken(known, "none") }, [:], name)
      try session.set("b", to: 2)
      XCTAssertEqual(
        try events(repository) { try repository.save(session) },
        ["saves": 1, "conflicts": 1, "merges": 1], name)
      XCTAssertEqual(
        try events(repository) { try repository.renew(session) }, ["renewals": 1], name)
      let new = try XCTUnwrap(session.id)
      let delete = { _ = try repository.delete(new) }
      XCTAssertEqual(try events(repository, delete), ["deletes": 1], name)
      XCTAssertEqual(try events(repository, delete), [:], name)
    }
  }

  func testRefusalsAreCountedByTheirKind() throws {
    try onEachStore { repository, name in
      let id = try repository.make()
      let (ours, theirs) = (try repository.loaded(id), try repository.loaded(id))
      try theirs.set("a", to: 1)
      try repository.save(theirs)
      try ours.set("a", to: 2)
      XCTAssertEqual(
        try events(repository) {
          XCTAssertThrowsError(try repository.save(ours, policy: SavePolicy(.fail)))
        }, ["conflicts": 1], name)
      _ = try repository.delete(id)
      XCTAssertEqual(
        try events(repository) { XCTAssertThrowsError(try repository.save(ours)) }, ["gone": 1],
        name)
    }
  }

  func testASweepAndALogOutEverywhereCountTheirSessions() throws {
    let clock = ManualClock()
    try onEachStore(StoreSettings(clock: clock.clock)) { repository, name in
      for _ in 0..<3 { _ = try repository.make() }
      clock.now += 2 * ManualClock.minute
      for _ in 0..<2 { _ = try repository.make(user: "ada") }
      XCTAssertEqual(
        try events(repository) { _ = try repository.sweep(olderThan: ManualClock.minute) },
        ["sweeps": 1, "swept": 3], name)
      XCTAssertEqual(
        try events(repository) { try repository.deleteSessions(ofUser: "ada") }["deletes"], 2, name)
    }
  }

  func testBytesAreThoseOfTheRecords() throws {
    try onEachStore { repository, name in
      var id: SessionID?
      let written = try counted(repository) { id = try repository.make(["a": "bc"]) }
      let read = try counted(repository) { _ = try repository.load(XCTUnwrap(id)) }
      let size = UInt64(try XCTUnwrap(repository.loaded(XCTUnwrap(id)).record).storage.count)
      XCTAssertEqual(written["bytesWritten"], size, name)
      XCTAssertEqual(read["bytesRead"], size, name)
      XCTAssertNil(read["bytesWritten"], name)
    }
  }

  func testALockThatIsHeldIsCountedWithItsTime() throws {
    var options = DirectorySessionStore.Options()
    options.lockTimeout = .microseconds(20_000)
    let store = try DirectorySessionStore.open(try temporaryDirectory(), options: options)
    let repository = SessionRepository(store)
    let id = try repository.make()
    XCTAssertEqual(repository.store.monitor.statistics.lockWaits, 0)
    let held = try store.openLocked(id)
    XCTAssertThrowsError(try repository.increment(id, "n"))
    XCTAssertTrue(held != nil)
    _ = consume held
    let now = store.monitor.statistics
    XCTAssertEqual(now.lockWaits, 1)
    XCTAssertEqual(now.busy, 1)
    XCTAssertGreaterThanOrEqual(now.longestLockWait, 20_000)
    XCTAssertEqual(now.lockWaitTime, now.longestLockWait)
  }

  func testADamagedFileIsCorruptNotMissing() throws {
    let store = try directoryStore()
    let repository = SessionRepository(store)
    try put([1, 2, 3], into: store.path + "/foreign")
    XCTAssertEqual(
      try events(repository) {
        XCTAssertThrowsError(try repository.load(XCTUnwrap(SessionID("foreign"))))
      }, ["loads": 1, "corrupt": 1])
  }

  func testLeftoversAreCountedApart() throws {
    let store = try directoryStore()
    try put([], into: store.path + "/empty")
    try put([1], into: store.path + "/.grow-abcdefghij")
    for name in ["empty", ".grow-abcdefghij"] {
      XCTAssertEqual(
        system_touch_at(store.directory, name, StoreClock.system.now() - 120 * ManualClock.minute),
        0)
    }
    XCTAssertEqual(
      try events(SessionRepository(store)) { _ = try store.sweep(olderThan: 0) }, ["leftovers": 2])
  }

  func testThreadsLoseNoCount() throws {
    let repository = SessionRepository(try memoryStore())
    let id = try repository.make()
    try onThreads(8) { _ in
      for _ in 0..<1_000 { _ = try repository.loaded(id) }
    }
    let now = repository.store.monitor.statistics
    XCTAssertEqual(now.loads, 8_000)
    XCTAssertEqual(now.hits, 8_000)
  }
}
