// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// No call leaves a descriptor open, however it ends.
final class DescriptorTests: XCTestCase {
  /// Asserts that a test leaves as many descriptors open as it found.
  private func assertNoneLeft(_ body: () throws -> Void) throws {
    let before = try openDescriptors().count
    try body()
    XCTAssertEqual(try openDescriptors().count, before)
  }

  func testVerbsCloseWhatTheyOpen() throws {
    let store = try directoryStore()
    let sessions = SessionRepository(store)
    try assertNoneLeft {
      let id = try sessions.make(["n": 1], user: "ada")
      let session = try sessions.loaded(id)
      try session.set("filling", to: .binary([UInt8](repeating: 0, count: 9_000)))
      try sessions.save(session)
      _ = try sessions.increment(id, "n")
      _ = try sessions.consumeFormToken(id, "x")
      _ = try (sessions.has(id), sessions.allIDs(), sessions.sweep(olderThan: 1 << 60))
      try sessions.touch(id)
      try sessions.setup()
      _ = try sessions.deleteSessions(ofUser: "ada")
      _ = try (sessions.load(id), sessions.delete(id))
    }
  }

  func testFailuresCloseWhatTheyOpen() throws {
    let store = try directoryStore()
    let sessions = SessionRepository(store)
    let id = try sessions.make()
    let stale = try sessions.loaded(id)
    try stale.set("a", to: 1)
    _ = try sessions.increment(id, "n")
    try assertNoneLeft {
      assertError(.conflict, try sessions.save(stale, policy: .fail))
      assertError(.type, try sessions.increment(sessions.make(["n": "x"]), "n"))
      assertError(.exists, try sessions.create(Session(id: id)))
      try put([1, 2, 3], into: store.path + "/damaged")
      let damaged = try XCTUnwrap(SessionID("damaged"))
      assertError(.corrupt, try sessions.load(damaged))
      assertError(.corrupt, try sessions.delete(damaged))
      assertError(.corrupt, try sessions.save(Session(id: damaged)))
      assertError(.gone, try sessions.increment(XCTUnwrap(SessionID("none")), "n"))
      XCTAssertEqual(mkfifo(store.path + "/fifo", 0o600), 0)
      assertError(.corrupt, try sessions.load(XCTUnwrap(SessionID("fifo"))))
    }
  }

  func testAWalkClosesItsDescriptorAtItsEnd() throws {
    let sessions = SessionRepository(try directoryStore())
    _ = try sessions.make()
    try assertNoneLeft {
      let before = try openDescriptors().count
      let iterator = try sessions.sessions()
      XCTAssertEqual(try openDescriptors().count, before + 1)
      _ = try iterator.next()
    }
  }

  func testAStoreHoldsOneDescriptorUntilItsEnd() throws {
    let path = try temporaryDirectory()
    try assertNoneLeft {
      let before = try openDescriptors().count
      let store = try DirectorySessionStore.open(path)
      XCTAssertEqual(try openDescriptors().count, before + 1)
      keepAlive(store)
    }
  }

  func testAStoreThatDoesNotOpenHoldsNone() throws {
    let path = try temporaryDirectory()
    try put([UInt8](repeating: 0, count: 64), into: path + "/.session3")
    try assertNoneLeft {
      assertError(.corrupt, try DirectorySessionStore.open(path))
      assertError(.io, try DirectorySessionStore.open(path + "/missing"))
      assertError(.io, try DirectorySessionStore.open(path + "/.session3"))
    }
  }

  func testDescriptorsAreClosedOnExec() throws {
    let store = try directoryStore()
    let iterator = try SessionRepository(store).sessions()
    XCTAssertNotEqual(fcntl(store.directory, F_GETFD) & FD_CLOEXEC, 0)
    for name in try openDescriptors() {
      guard let number = Int32(name), number > 2 else { continue }
      let target = try? FileManager.default.destinationOfSymbolicLink(
        atPath: "/proc/self/fd/" + name)
      guard target == store.path else { continue }
      XCTAssertNotEqual(fcntl(number, F_GETFD) & FD_CLOEXEC, 0)
    }
    keepAlive(iterator)
  }
}
