// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Clocks that jump: nothing that is in use is lost, and nothing lives for ever.
final class ClockStepTests: XCTestCase {
  private let clock = ManualClock()
  private var settings: StoreSettings { StoreSettings(clock: clock.clock) }
  private let idle = 30 * ManualClock.minute

  func testAStepForwardAndBackPurgesNothing() throws {
    try onEachStore(settings) { sessions, store in
      let id = try sessions.make()
      clock.now += 10 * ManualClock.year
      clock.now -= 10 * ManualClock.year
      XCTAssertEqual(try sessions.sweep(olderThan: idle).deleted, 0, store)
      XCTAssertTrue(try sessions.has(id), store)
    }
  }

  func testASessionUsedInTheFutureGetsOldAgain() throws {
    try onEachStore(settings) { sessions, store in
      let id = try sessions.make()
      clock.now += 10 * ManualClock.year
      try sessions.touch(id)
      clock.now -= 10 * ManualClock.year
      XCTAssertEqual(try sessions.sweep(olderThan: idle).remaining, 1, store)
      clock.now += 2 * idle
      XCTAssertEqual(try sessions.sweep(olderThan: idle).deleted, 1, store)
    }
  }

  func testASessionMadeInTheFutureGetsOldAgain() throws {
    try onEachStore(settings) { sessions, store in
      clock.now += 10 * ManualClock.year
      _ = try sessions.make()
      clock.now -= 10 * ManualClock.year
      XCTAssertEqual(try sessions.sweep(olderThan: idle).remaining, 1, store)
      clock.now += 2 * idle
      XCTAssertEqual(try sessions.sweep(olderThan: idle).deleted, 1, store)
    }
  }

  func testASessionFromTheFutureIsSavedAndRead() throws {
    try onEachStore(settings) { sessions, store in
      clock.now += ManualClock.year
      let id = try sessions.make()
      clock.now -= ManualClock.year
      let session = try sessions.loaded(id)
      XCTAssertEqual(session.accessAge(now: clock.now), .zero, store)
      XCTAssertEqual(session.creationAge(now: clock.now), .zero, store)
      try session.set("a", to: 1)
      try sessions.save(session)
      XCTAssertEqual(try sessions.stored("a", of: id), 1, store)
    }
  }

  func testTimesBefore1970AreTimes() throws {
    try onEachStore(settings) { sessions, store in
      clock.now = -5 * ManualClock.year - 1
      let id = try sessions.make()
      XCTAssertEqual(try sessions.loaded(id).created, clock.now, store)
      XCTAssertEqual(try sessions.loaded(id).accessed, clock.now, store)
      clock.now += 2 * idle
      XCTAssertEqual(try sessions.sweep(olderThan: idle).deleted, 1, store)
    }
  }
}
