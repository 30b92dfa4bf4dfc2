// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A session whose lock somebody keeps: writers give up in time, readers don't care.
final class DirectoryLockTests: XCTestCase {
  private var store: DirectorySessionStore!
  private var sessions: SessionRepository!
  private var id: SessionID!
  private let clock = ManualClock(StoreClock.system.now())

  override func setUpWithError() throws {
    let path = try temporaryDirectory()
    var options = DirectorySessionStore.Options()
    options.lockTimeout = .microseconds(-1)
    options.clock = clock.clock
    store = try DirectorySessionStore.open(path, options: options)
    sessions = SessionRepository(store)
    id = try sessions.make(["n": 1], user: "ada")
  }

  private func whileLocked(_ body: () throws -> Void) throws {
    let opened = try store.openLocked(id)
    try body()
    XCTAssertTrue(opened != nil)
    _ = consume opened
  }

  func testWritersAreTold() throws {
    let session = try sessions.loaded(id)
    try session.set("a", to: 1)
    try whileLocked {
      assertError(.busy, try sessions.save(session))
      assertError(.busy, try sessions.save(Session(id: id)))
      assertError(.busy, try sessions.increment(id, "n"))
      assertError(.busy, try sessions.consumeFormToken(id, "x"))
      assertError(.busy, try sessions.delete(id))
      assertError(.busy, try sessions.deleteUnchanged(session))
      assertError(.busy, try sessions.deleteSessions(ofUser: "ada"))
    }
    try sessions.save(session)
    XCTAssertEqual(try sessions.stored("a", of: id), 1)
  }

  func testReadersAndTouchersGoOn() throws {
    try whileLocked {
      XCTAssertEqual(try sessions.stored("n", of: id), 1)
      XCTAssertTrue(try sessions.has(id))
      try sessions.touch(id)
      XCTAssertEqual(try sessions.allIDs(), [id])
      try sessions.save(sessions.loaded(id))
    }
  }

  func testASweepLeavesWhatIsLocked() throws {
    clock.now += ManualClock.hour
    try whileLocked {
      let result = try sessions.sweep(olderThan: 0)
      XCTAssertEqual(result.deleted, 0)
      XCTAssertEqual(result.remaining, 1)
    }
    XCTAssertEqual(try sessions.sweep(olderThan: 0).deleted, 1)
  }

  func testAReaderOfATornFileWaitsForNobodyWhereOneSlotIsWhole() throws {
    let path = store.path + "/" + id.text
    _ = try sessions.increment(id, "n")
    var bytes = try contents(of: path)
    bytes[512 + 1_536 + 40] ^= 1
    try put(bytes, into: path)
    try whileLocked { XCTAssertEqual(try sessions.stored("n", of: id), 1) }
  }

  func testAReaderWithoutAWholeSlotAsksUnderTheLock() throws {
    let path = store.path + "/" + id.text
    var bytes = try contents(of: path)
    bytes[512 + 40] ^= 1
    try put(bytes, into: path)
    try whileLocked { assertError(.busy, try sessions.load(id)) }
    assertError(.corrupt, try sessions.load(id))
  }

  func testOtherSessionsAreNotInTheWay() throws {
    try whileLocked {
      let other = try sessions.make(["n": 1])
      XCTAssertEqual(try sessions.increment(other, "n"), 2)
      XCTAssertTrue(try sessions.delete(other))
    }
  }
}
