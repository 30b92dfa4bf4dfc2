// SPDX-License-Identifier: MIT
import CSession3System
import XCTest

@testable import Session3

/// What a late save, touch or creation must not undo.
final class StaleSaveTests: XCTestCase {
  func testAnOverwritingSaveDoesNotBringBackAUsedToken() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      let first = try sessions.loaded(id)
      let (used, unused) = (try first.makeFormToken(), try first.makeFormToken())
      try sessions.save(first)
      let stale = try sessions.loaded(id)
      XCTAssertTrue(try sessions.consumeFormToken(id, used), store)
      try stale.set("n", to: 1)
      try sessions.save(stale, policy: .overwrite)
      XCTAssertFalse(try sessions.consumeFormToken(id, used), store)
      XCTAssertTrue(try sessions.consumeFormToken(id, unused), store)
      XCTAssertEqual(try sessions.stored("n", of: id), 1, store)
    }
  }

  func testSavesKeepTheCreationTimeUnderAnInjectedClock() throws {
    let clock = ManualClock()
    try onEachStore(StoreSettings(clock: clock.clock)) { sessions, store in
      let created = clock.now
      let session = Session()
      try sessions.create(session)
      clock.now += ManualClock.hour
      try session.set("n", to: 1)
      try sessions.save(session)
      XCTAssertEqual(session.created, created, store)
      XCTAssertEqual(try sessions.loaded(XCTUnwrap(session.id)).created, created, store)
    }
  }

  func testACreatorIsToldAtOnceThatALockedSessionExists() throws {
    let store = try directoryStore()
    let sessions = repository(store, StoreSettings())
    let id = try sessions.make()
    let held = try store.openLocked(id)
    XCTAssertTrue(held != nil)
    let start = system_monotonic_us()
    assertError(.exists, try sessions.create(Session(id: id)), "while it is locked")
    XCTAssertLessThan(system_monotonic_us() - start, store.options.lockPatience)
    _ = consume held
  }

  func testASaverThatWaitedDoesNotWriteIntoABackup() throws {
    let store = try directoryStore()
    let sessions = repository(store, StoreSettings())
    let id = try sessions.make(["n": 0])
    // As `cp -al` makes it: a second name, outside of the store.
    let backup = try temporaryDirectory() + "/" + id.text
    try FileManager.default.linkItem(atPath: store.path + "/" + id.text, toPath: backup)
    let before = FileManager.default.contents(atPath: backup)
    let session = try sessions.loaded(id)
    try session.set("n", to: 1)
    let held = try store.openLocked(id)
    XCTAssertTrue(held != nil)
    let outcome = ThreadSafe<Int32?>(nil)
    nonisolated(unsafe) let late = session
    let saver = Thread {
      do throws(StoreError) { try sessions.save(late) } catch {
        let status = error.status
        outcome.change { $0 = status }
      }
    }
    saver.start()
    Thread.sleep(forTimeInterval: 0.05)
    XCTAssertEqual(id.withCString { system_unlinkat(store.directory, $0) }, 0)
    _ = consume held
    while !saver.isFinished { Thread.sleep(forTimeInterval: 0.001) }
    XCTAssertEqual(outcome.value, StoreError.Code.gone.rawValue)
    XCTAssertEqual(FileManager.default.contents(atPath: backup), before)
  }
}
