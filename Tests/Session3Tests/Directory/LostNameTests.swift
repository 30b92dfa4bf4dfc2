// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// A writer that waited for a lock finds that the file lost its name meanwhile: what it writes must
/// not go where nobody looks.
final class LostNameTests: XCTestCase {
  private var store: DirectorySessionStore!
  private var id: SessionID!

  override func setUpWithError() throws {
    store = try directoryStore()
    id = try SessionRepository(store).make(["n": 1])
  }

  /// Runs a writer that has to wait, and takes the file's name away before it gets the lock.
  private func whileWaiting(
    _ write: @escaping @Sendable (SessionRepository, SessionID) throws -> Void,
    _ takeAway: @escaping @Sendable (_ path: String) throws -> Void
  ) throws {
    let (store, id, isLocked) = (try XCTUnwrap(store), try XCTUnwrap(id), Flag(1))
    try onThreads(2) { thread in
      if thread == 0 {
        let opened = try store.openLocked(id)
        isLocked.lower()
        // Time for the other to open the file and to wait.
        usleep(30_000)
        try takeAway(store.path + "/" + id.text)
        guard opened != nil else { throw StoreError(.gone, "no file to lock") }
        _ = consume opened
      } else {
        while isLocked.isRaised { sched_yield() }
        try write(SessionRepository(store), id)
      }
    }
  }

  /// Puts a file with another number in the place of the session's, as growth does.
  private func replacement(_ number: Int64) throws -> @Sendable (String) throws -> Void {
    let record = try Record.sealed(
      payload(["attributes": ["n": .int(number)]]), for: XCTUnwrap(id), revision: 5,
      incarnation: XCTUnwrap(store.read(id)).version.incarnation)
    let image = try SessionFile.image(of: record, size: 8_192).copy
    return { path in
      try put(image, into: path + ".new")
      guard rename(path + ".new", path) == 0 else { throw StoreError(.io, "rename") }
    }
  }

  func testAnIncrementGoesToTheFileThatTookTheName() throws {
    try whileWaiting({ try _ = $0.increment($1, "n") }, replacement(100))
    XCTAssertEqual(try SessionRepository(store).stored("n", of: id), 101)
  }

  func testASaveMergesWithTheFileThatTookTheName() throws {
    try whileWaiting(
      { sessions, id in
        let session = Session(id: id)
        try session.set("new", to: 1)
        try sessions.save(session)
      }, replacement(100))
    let found = try XCTUnwrap(store.read(id))
    XCTAssertEqual(found.version.revision, 6)
    XCTAssertEqual(try SessionRepository(store).stored("new", of: id), 1)
  }

  /// Somebody who takes no lock puts a backup back, just while a save merges with what came after it,
  /// and grows: the save must not take up its first record again, which it no longer stands for.
  func testASaveThatBeginsAgainIsAskedAgain() throws {
    let path = store.path + "/" + id.text
    let backup = try contents(of: path)
    let first = try XCTUnwrap(store.read(id))
    let sessions = SessionRepository(try XCTUnwrap(store))
    _ = try sessions.increment(id, "n")
    func record(_ attributes: Value) throws -> Record {
      try Record.sealed(
        payload(["attributes": attributes]), for: id, revision: first.version.revision + 1,
        incarnation: first.version.incarnation)
    }
    let unasked = try record(["unasked": 1])
    let large = try record(["large": .binary([UInt8](repeating: 1, count: 3_000))])
    let again = try record(["again": 1])
    var found: [UInt64] = []
    let isThere = try store.write(id, unasked, expecting: first.version) {
      (stored) throws(StoreError) in
      found.append(stored.version.revision)
      guard found.count == 1 else { return .store(again) }
      XCTAssertNoThrow(try put(backup, into: path + ".new"))
      XCTAssertEqual(rename(path + ".new", path), 0)
      return .store(large)
    }
    XCTAssertTrue(isThere)
    XCTAssertEqual(found, [2, 1])
    XCTAssertEqual(try sessions.stored("again", of: id), 1)
    XCTAssertNil(try sessions.stored("unasked", of: id))
  }

  func testALogoutRemovesTheFileThatTookTheName() throws {
    try whileWaiting(
      { sessions, id in
        guard try sessions.delete(id) else { throw StoreError(.gone, "nothing was deleted") }
      }, replacement(100))
    XCTAssertFalse(try store.has(id))
  }

  func testAnIncrementOfADeletedSessionIsGone() throws {
    try whileWaiting(
      { sessions, id in
        do throws(StoreError) {
          _ = try sessions.increment(id, "n")
          throw StoreError(.value, "it wrote where nobody looks")
        } catch {
          guard error.code == .gone else { throw error }
        }
      },
      { path in unlink(path) })
    XCTAssertFalse(try store.has(id))
  }

  func testACreatorWhoseEmptyFileWasSweptMakesAnother() throws {
    try put([], into: store.path + "/" + id.text)
    let (store, id) = (try XCTUnwrap(store), try XCTUnwrap(id))
    try onThreads(2) { thread in
      if thread == 0 {
        let opened = try store.openLocked(id, allowsEmpty: true)
        usleep(30_000)
        unlink(store.path + "/" + id.text)
        _ = consume opened
      } else {
        usleep(10_000)
        try SessionRepository(store).create(Session(id: id))
      }
    }
    XCTAssertNotNil(try SessionRepository(store).load(id))
  }
}
