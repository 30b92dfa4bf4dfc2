// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A sweep of a directory takes what is old batch by batch.
final class DirectorySweepTests: XCTestCase {
  private let clock = ManualClock()
  private var store: DirectorySessionStore!
  private var sessions: SessionRepository!

  override func setUpWithError() throws {
    let settings = StoreSettings(clock: clock.clock)
    store = try directoryStore(settings)
    sessions = repository(store, settings)
  }

  func testMoreThanABatchIsSweptAtOnce() throws {
    // One batch of 16,000 is full amid the listing, the other when it ends.
    let old = 17_000
    for _ in 0..<old { _ = try sessions.make() }
    clock.now += ManualClock.hour
    let young = try (0..<50).map { _ in try sessions.make() }
    let result = try sessions.sweep(olderThan: ManualClock.minute)
    XCTAssertEqual(result.deleted, UInt64(old))
    XCTAssertEqual(result.remaining, UInt64(young.count))
    XCTAssertTrue(Set(try sessions.allIDs()) == Set(young), "others are left")
  }

  func testASessionThatIsUsedSinceItWasTakenForOldStays() throws {
    let ids = try (0..<3).map { _ in try sessions.make() }
    clock.now += ManualClock.hour
    // The sweep asks for the time once for each name, and again before it deletes: with the last name
    // all are used, by somebody else.
    let asked = ThreadSafe(0)
    var options = DirectorySessionStore.Options()
    options.clock = StoreClock { [clock, store = store!] in
      let isLast = asked.change { count in
        count += 1
        return count == ids.count
      }
      if isLast {
        for id in ids { XCTAssertTrue((try? store.touch(id, at: nil)) == true) }
      }
      return clock.now
    }
    let sweeper = try DirectorySessionStore.open(store.path, options: options)
    let result = try sweeper.sweep(olderThan: ManualClock.minute)
    XCTAssertEqual(result.deleted, 0)
    XCTAssertEqual(result.remaining, 3)
    XCTAssertGreaterThan(asked.value, ids.count, "nothing was looked at again")
  }
}
