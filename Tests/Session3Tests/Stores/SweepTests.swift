// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class SweepTests: XCTestCase {
  private let clock = ManualClock()
  private var settings: StoreSettings { StoreSettings(clock: clock.clock) }

  private func assertSwept(
    _ result: SweepResult, deleted: UInt64, remaining: UInt64, _ store: String,
    file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertEqual(result.deleted, deleted, store, file: file, line: line)
    XCTAssertEqual(result.remaining, remaining, store, file: file, line: line)
  }

  func testASessionIsOldOnceItsAgeIsExceeded() throws {
    try onEachStore(settings) { sessions, store in
      let id = try sessions.make()
      clock.now += 1_000
      assertSwept(try sessions.sweep(olderThan: 1_000), deleted: 0, remaining: 1, store)
      XCTAssertTrue(try sessions.has(id), store)
      clock.now += 1
      assertSwept(try sessions.sweep(olderThan: 1_000), deleted: 1, remaining: 0, store)
      XCTAssertFalse(try sessions.has(id), store)
      assertSwept(try sessions.sweep(olderThan: 0), deleted: 0, remaining: 0, store)
    }
  }

  func testUseKeepsASession() throws {
    try onEachStore(settings) { sessions, store in
      let (touched, saved, counted, idle) = (
        try sessions.make(), try sessions.make(), try sessions.make(), try sessions.make()
      )
      let session = try sessions.loaded(saved)
      clock.now += ManualClock.hour
      try sessions.touch(touched)
      try session.set("a", to: 1)
      try sessions.save(session)
      _ = try sessions.increment(counted, "n")
      let result = try sessions.sweep(olderThan: ManualClock.minute)
      assertSwept(result, deleted: 1, remaining: 3, store)
      XCTAssertFalse(try sessions.has(idle), store)
    }
  }

  func testMinutesAreCountedWithTheirFractions() throws {
    try onEachStore(settings) { sessions, store in
      _ = try sessions.make()
      clock.now += 90 * ManualClock.second
      assertSwept(
        try sessions.deleteOldSessions(minutes: 1.5), deleted: 0, remaining: 1, store)
      assertSwept(
        try sessions.deleteOldSessions(minutes: .greatestFiniteMagnitude), deleted: 0,
        remaining: 1, store)
      assertSwept(
        try sessions.deleteOldSessions(minutes: .infinity), deleted: 0, remaining: 1, store)
      assertSwept(
        try sessions.deleteOldSessions(minutes: 1.49), deleted: 1, remaining: 0, store)
    }
  }

  func testNoMinutesAreAllThatIsNotOfThisInstant() throws {
    try onEachStore(settings) { sessions, store in
      _ = try sessions.make()
      assertSwept(try sessions.deleteOldSessions(minutes: 0), deleted: 0, remaining: 1, store)
      clock.now += 1
      assertSwept(try sessions.deleteOldSessions(minutes: -0.0), deleted: 1, remaining: 0, store)
    }
  }

  func testAnAgeIsANumberFrom0On() throws {
    try onEachStore(settings) { sessions, store in
      _ = try sessions.make()
      clock.now += ManualClock.hour
      assertError(.invalid, try sessions.sweep(olderThan: -1), store)
      assertError(.invalid, try sessions.sweep(olderThan: Int64.min), store)
      for minutes in [-1, -0.001, -.infinity, .nan, .signalingNaN] as [Double] {
        assertError(.invalid, try sessions.deleteOldSessions(minutes: minutes), store)
      }
      XCTAssertEqual(try sessions.allIDs().count, 1, store)
    }
  }

  func testTheFarthestAgeSparesAll() throws {
    try onEachStore(settings) { sessions, store in
      _ = try sessions.make()
      clock.now += 100 * ManualClock.year
      let result = try sessions.sweep(olderThan: Int64.max)
      assertSwept(result, deleted: 0, remaining: 1, store)
    }
  }

  func testManySessionsAreSweptAtOnce() throws {
    try onEachStore(settings) { sessions, store in
      for _ in 0..<300 { _ = try sessions.make() }
      clock.now += ManualClock.hour
      for _ in 0..<200 { _ = try sessions.make() }
      let result = try sessions.sweep(olderThan: ManualClock.minute)
      assertSwept(result, deleted: 300, remaining: 200, store)
      XCTAssertEqual(try sessions.allIDs().count, 200, store)
    }
  }
}
