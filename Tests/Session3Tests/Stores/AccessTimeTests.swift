// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// The access time, and how seldom a save that changes nothing renews it.
final class AccessTimeTests: XCTestCase {
  private let clock = ManualClock()

  private func settings(resolution: Int64 = 1_000_000) -> StoreSettings {
    StoreSettings(clock: clock.clock, accessResolution: resolution)
  }

  private func accessed(_ id: SessionID, _ sessions: SessionRepository) throws -> Int64 {
    try sessions.loaded(id).accessed
  }

  func testAnUnchangedSaveRenewsItBeyondTheResolution() throws {
    try onEachStore(settings()) { sessions, store in
      let start = clock.now
      let session = try sessions.loaded(sessions.make())
      let id = try XCTUnwrap(session.id)
      clock.now = start + 1_000_000
      try sessions.save(session)
      XCTAssertEqual(try accessed(id, sessions), start, store)
      clock.now = start + 1_000_001
      try sessions.save(session)
      XCTAssertEqual(try accessed(id, sessions), start + 1_000_001, store)
      XCTAssertEqual(session.accessed, start + 1_000_001, store)
      clock.now = start + 2_000_000
      try sessions.save(session)
      XCTAssertEqual(try accessed(id, sessions), start + 1_000_001, "\(store): it is recent")
    }
  }

  func testANegativeResolutionRenewsItAlways() throws {
    try onEachStore(settings(resolution: -1)) { sessions, store in
      let session = try sessions.loaded(sessions.make())
      clock.now += 1
      try sessions.save(session)
      XCTAssertEqual(try accessed(XCTUnwrap(session.id), sessions), clock.now, store)
    }
  }

  func testTheFarthestResolutionRenewsItNever() throws {
    try onEachStore(settings(resolution: Int64.max)) { sessions, store in
      let start = clock.now
      let session = try sessions.loaded(sessions.make())
      clock.now += ManualClock.year
      try sessions.save(session)
      XCTAssertEqual(try accessed(XCTUnwrap(session.id), sessions), start, store)
      clock.now = start
    }
  }

  func testAStepBackRenewsIt() throws {
    try onEachStore(settings()) { sessions, store in
      let id = try sessions.make()
      clock.now += ManualClock.hour
      try sessions.touch(id)
      let session = try sessions.loaded(id)
      clock.now -= ManualClock.hour - 1
      try sessions.save(session)
      XCTAssertEqual(try accessed(id, sessions), clock.now, store)
    }
  }

  func testAChangedSaveRenewsIt() throws {
    try onEachStore(settings()) { sessions, store in
      let session = try sessions.loaded(sessions.make())
      clock.now += 1
      try session.set("a", to: 1)
      try sessions.save(session)
      XCTAssertEqual(try accessed(XCTUnwrap(session.id), sessions), clock.now, store)
      XCTAssertEqual(session.accessed, clock.now, store)
    }
  }

  func testLoadingDoesNotRenewIt() throws {
    try onEachStore(settings()) { sessions, store in
      let start = clock.now
      let id = try sessions.make()
      clock.now += ManualClock.hour
      XCTAssertEqual(try accessed(id, sessions), start, store)
      XCTAssertEqual(try accessed(id, sessions), start, store)
    }
  }

  func testTouchChangesNothingElse() throws {
    try onEachStore(settings()) { sessions, store in
      let id = try sessions.make(["a": 1])
      let version = try XCTUnwrap(sessions.store.read(id)).version
      clock.now += 1
      try sessions.touch(id)
      XCTAssertEqual(try accessed(id, sessions), clock.now, store)
      XCTAssertEqual(try XCTUnwrap(sessions.store.read(id)).version, version, store)
    }
  }

  func testAGivenTimeIsTaken() throws {
    try onEachStore(settings()) { sessions, store in
      let id = try sessions.make()
      let created = try sessions.loaded(id).created
      for time in [created, created + 1, created + ManualClock.year] {
        try sessions.touch(id, at: time)
        XCTAssertEqual(try accessed(id, sessions), time, store)
      }
      for time in [created - 1, 0, -1, -ManualClock.year] {
        try sessions.touch(id, at: time)
        XCTAssertEqual(try accessed(id, sessions), created, "\(store): it reads as the creation")
      }
    }
  }

  func testAMissingSessionIsNotTouched() throws {
    try onEachStore(settings()) { sessions, store in
      let id = try sessions.make()
      XCTAssertTrue(try sessions.delete(id), store)
      assertError(.gone, try sessions.touch(id), store)
      assertError(.gone, try sessions.touch(id, at: 0), store)
      XCTAssertEqual(try sessions.allIDs(), [], store)
    }
  }

  func testTheSystemsClockIsTaken() throws {
    try onEachStore { sessions, store in
      // The kernel stamps files by a clock that ticks every few milliseconds.
      let tick: Int64 = 20_000
      let before = StoreClock.system.now() - tick
      let id = try sessions.make()
      try sessions.touch(id)
      XCTAssertTrue((before...StoreClock.system.now()).contains(try accessed(id, sessions)), store)
    }
  }
}
