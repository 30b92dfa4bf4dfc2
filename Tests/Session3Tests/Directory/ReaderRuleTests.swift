// SPDX-License-Identifier: MIT
import CSession3System
import XCTest

@testable import Session3

/// A reader takes no lock: what it sees of a file that a slow writer is busy with.
final class ReaderRuleTests: XCTestCase {
  private var store: DirectorySessionStore!
  private var sessions: SessionRepository!
  private var id: SessionID!
  private var path: String { store.path + "/" + id.text }

  override func setUpWithError() throws {
    var options = DirectorySessionStore.Options()
    options.lockTimeout = .microseconds(-1)
    store = try DirectorySessionStore.open(try temporaryDirectory(), options: options)
    sessions = SessionRepository(store)
    id = try sessions.make(["n": 1])
  }

  /// Writes bytes piece by piece, under the lock, and looks after each.
  private func write(
    _ bytes: [UInt8], at offset: Int, piece: Int, _ look: (_ isDone: Bool) throws -> Void
  ) throws {
    let opened = try store.openLocked(id, allowsEmpty: true)
    for start in stride(from: 0, to: bytes.count, by: piece) {
      let end = min(start + piece, bytes.count)
      let file = system_openat(store.directory, id.text, CInt(SYSTEM_OPEN_WRITE), 0)
      let descriptor = FileDescriptor(adopting: file)
      try bytes[start..<end].withUnsafeBytes { try descriptor.write($0, at: Int64(offset + start)) }
      try look(end == bytes.count)
    }
    XCTAssertTrue(opened != nil)
    _ = consume opened
  }

  private func next(_ number: Int64) throws -> Record {
    let found = try XCTUnwrap(store.read(id))
    // Other bytes up to the last, or what is stored would be whole before it is written.
    let text = String(repeating: "\(number)", count: 20)
    return try Record.sealed(
      payload(["attributes": ["n": .int(number), "text": .text(text)]]), for: id,
      revision: found.version.revision + 1, incarnation: found.version.incarnation)
  }

  func testASaveIsSeenWhenItIsWhole() throws {
    for (number, slot) in [(Int64(2), 1), (3, 0), (4, 1), (5, 0)] {
      let record = try next(number)
      let offset = 512 + slot * 1_536
      try write(record.storage.copy, at: offset, piece: 5) { isDone in
        XCTAssertEqual(try sessions.stored("n", of: id), .int(isDone ? number : number - 1))
      }
    }
  }

  func testASaveThatWasCutIsNeverSeen() throws {
    let record = try next(2).storage.copy
    try write(Array(record.dropLast()), at: 512 + 1_536, piece: 1_000) { _ in }
    XCTAssertEqual(try sessions.stored("n", of: id), 1)
    XCTAssertEqual(try sessions.increment(id, "n"), 2)
    XCTAssertEqual(try XCTUnwrap(store.read(id)).version.revision, 2)
  }

  func testACreationIsSeenWhenItIsWhole() throws {
    let image = try contents(of: path)
    try put([], into: path)
    XCTAssertNil(try sessions.load(id))
    try write(image, at: 0, piece: 512) { isDone in
      if isDone {
        XCTAssertEqual(try sessions.stored("n", of: id), 1)
      } else {
        assertError(.busy, try sessions.load(id), "the creator still has the lock")
      }
    }
  }

  func testACreatorThatWasKilledLeavesAFileThatIsCorrupt() throws {
    let image = try contents(of: path)
    try put([], into: path)
    try write(Array(image.prefix(1_024)), at: 0, piece: 512) { _ in }
    assertError(.corrupt, try sessions.load(id))
    XCTAssertTrue(try sessions.delete(id))
  }
}
