// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// The files of a session that gets a new id.
final class RenewDirectoryTests: XCTestCase {
  private var store: DirectorySessionStore!
  private var sessions: SessionRepository!
  private var old: SessionID!
  private var new: SessionID!
  private var oldPath: String { store.path + "/" + old.text }
  private var newPath: String { store.path + "/" + new.text }

  override func setUpWithError() throws {
    store = try directoryStore()
    sessions = SessionRepository(store)
    old = try sessions.make(["n": 1], user: "ada")
    new = try SessionID.generate()
  }

  /// The record of the old id, as it goes under the new one.
  private func moved(_ found: Record) throws(StoreError) -> Record {
    let storage = try ByteBuffer.make(copying: found.storage.bytes)
    Record.seal(
      storage, for: new, revision: found.revision + 1, created: found.created,
      incarnation: found.incarnation)
    return Record(sealed: storage, accessed: found.accessed)
  }

  /// Asserts that the old session is all there is, and that its lock is free.
  private func assertAsItWas(_ message: String = "") throws {
    XCTAssertEqual(try names(in: store.path), [old.text, ".session3"], message)
    XCTAssertEqual(try sessions.increment(old, "n"), 2, message)
    XCTAssertEqual(try sessions.loaded(old).user, "ada", message)
  }

  private func mode(of path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  func testOneFileIsLeft() throws {
    let session = try sessions.loaded(old)
    try sessions.renew(session)
    XCTAssertEqual(try names(in: store.path), [try XCTUnwrap(session.id).text, ".session3"])
  }

  func testASessionMayGrowAsItIsRenewed() throws {
    let session = try sessions.loaded(old)
    try session.set("filling", to: .binary([UInt8](repeating: 7, count: 50_000)))
    try sessions.renew(session)
    let new = try XCTUnwrap(session.id)
    XCTAssertEqual(try names(in: store.path), [new.text, ".session3"])
    XCTAssertEqual(try sessions.increment(new, "n"), 2)
    XCTAssertEqual(try contents(of: store.path + "/" + new.text).count % 4_096, 0)
  }

  func testASessionThatGrewMeanwhileIsRenewedWhole() throws {
    let session = try sessions.loaded(old)
    let other = try sessions.loaded(old)
    try other.set("filling", to: .binary([UInt8](repeating: 7, count: 50_000)))
    try sessions.save(other)
    try sessions.renew(session)
    let new = try XCTUnwrap(session.id)
    XCTAssertEqual(
      try sessions.stored("filling", of: new), .binary([UInt8](repeating: 7, count: 50_000)))
    XCTAssertEqual(try names(in: store.path), [new.text, ".session3"])
  }

  func testTheModeIsThatOfNewSessions() throws {
    var options = DirectorySessionStore.Options()
    options.fileMode = 0o640
    let group = SessionRepository(try DirectorySessionStore.open(store.path, options: options))
    let session = try group.loaded(old)
    try group.renew(session)
    XCTAssertEqual(try mode(of: store.path + "/" + XCTUnwrap(session.id).text), 0o640)
  }

  func testABodyThatThrowsLeavesAllAsItWas() throws {
    assertError(
      .conflict,
      try store.move(old, to: new) { (_) throws(StoreError) in
        throw StoreError(.conflict, "scripted")
      })
    try assertAsItWas()
  }

  func testANewIDThatIsTakenLeavesAllAsItWas() throws {
    let taken = Session(id: new)
    try taken.set("theirs", to: 1)
    try sessions.create(taken)
    assertError(.exists, try store.move(old, to: new) { (found) throws(StoreError) in found })
    XCTAssertEqual(try sessions.loaded(new).attributes, [.init("theirs", 1)])
    XCTAssertTrue(try sessions.delete(new))
    try assertAsItWas()
  }

  func testANewFileThatCannotBeMadeLeavesAllAsItWas() throws {
    // Where the new file would be, there is a directory.
    assertError(
      .corrupt,
      try store.move(old, to: new) { (found) throws(StoreError) in
        mkdir(newPath, 0o700)
        return try moved(found)
      })
    XCTAssertEqual(rmdir(newPath), 0)
    try assertAsItWas()
  }

  func testAnOldFileThatVanishedIsGone() throws {
    XCTAssertFalse(
      try store.move(old, to: new) { (found) throws(StoreError) in
        unlink(oldPath)
        return try moved(found)
      })
    XCTAssertEqual(try names(in: store.path), [".session3"], "a logout without a lock stays")
  }

  func testAnOldFileThatCannotBeRemovedLeavesNoSecondSession() throws {
    assertError(
      .io,
      try store.move(old, to: new) { (found) throws(StoreError) in
        // A directory in its place can't be unlinked.
        rename(oldPath, oldPath + "-kept")
        mkdir(oldPath, 0o700)
        return try moved(found)
      })
    XCTAssertEqual(rmdir(oldPath), 0)
    XCTAssertEqual(rename(oldPath + "-kept", oldPath), 0)
    try assertAsItWas()
  }

  func testAKillBeforeTheNewFileIsMadeLeavesAllAsItWas() throws {
    let (store, old, new) = (try XCTUnwrap(store), try XCTUnwrap(old), try XCTUnwrap(new))
    let child = fork()
    if child == 0 {
      _ = try? store.move(old, to: new) { (_) throws(StoreError) in _exit(7) }
      _exit(0)
    }
    var status: Int32 = 0
    XCTAssertEqual(waitpid(child, &status, 0), child)
    XCTAssertEqual(status >> 8, 7)
    try assertAsItWas()
  }

  /// As it is when a process is killed between the making of the new file and the unlinking of the
  /// old one.
  func testAKillBetweenLeavesTheOldSessionAndOneThatNobodyKnows() throws {
    let found = try XCTUnwrap(store.read(old))
    XCTAssertTrue(try store.create(new, moved(found)))
    XCTAssertEqual(try sessions.increment(old, "n"), 2)
    XCTAssertEqual(try sessions.stored("n", of: new), 1)
    let session = try sessions.loaded(old)
    try sessions.renew(session)
    XCTAssertEqual(try sessions.stored("n", of: XCTUnwrap(session.id)), 2)
    XCTAssertEqual(
      try sessions.deleteSessions(ofUser: "ada"), 2, "log out everywhere takes both")
  }

  func testNoDescriptorIsLeft() throws {
    let before = try openDescriptors().count
    for _ in 0..<3 {
      let session = try sessions.loaded(old)
      try sessions.renew(session)
      old = session.id
    }
    assertError(.exists, try store.move(old, to: old) { (found) throws(StoreError) in found })
    XCTAssertFalse(
      try store.move(new, to: old) { (found) throws(StoreError) in found }, "no such session")
    XCTAssertEqual(try openDescriptors().count, before)
  }

  func testASaverThatWaitsForTheRenewalReachesTheNewSession() throws {
    let (store, sessions, old) = (
      try XCTUnwrap(store), try XCTUnwrap(sessions), try XCTUnwrap(old)
    )
    nonisolated(unsafe) let session = try sessions.loaded(old)
    nonisolated(unsafe) let copy = try sessions.loaded(old)
    try copy.set("late", to: 1)
    let isLocked = Flag(1)
    try onThreads(2) { thread in
      if thread == 0 {
        // The renewal waits behind this lock, and the saver behind the renewal or it.
        let held = try store.openLocked(old)
        isLocked.lower()
        usleep(20_000)
        guard held != nil else { throw StoreError(.gone, "no file to lock") }
        _ = consume held
        try sessions.renew(session)
      } else {
        while isLocked.isRaised { sched_yield() }
        try sessions.save(copy)
      }
    }
    XCTAssertEqual(try sessions.stored("late", of: XCTUnwrap(session.id)), 1)
    XCTAssertEqual(try sessions.allIDs().count, 1)
  }
}
