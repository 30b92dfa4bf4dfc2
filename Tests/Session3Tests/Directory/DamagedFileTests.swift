// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// Files that are damaged, foreign or of a later version: refused, left as they are, in nobody's way.
final class DamagedFileTests: XCTestCase {
  private var store: DirectorySessionStore!
  private var sessions: SessionRepository!
  private var id: SessionID!
  private var path: String { store.path + "/" + id.text }

  override func setUpWithError() throws {
    store = try directoryStore()
    sessions = SessionRepository(store)
    id = try sessions.make(["n": 1], user: "ada")
    _ = try sessions.increment(id, "n")
  }

  /// Asserts that all that reads or writes the session answers so, and leaves the file alone.
  private func assertAnswers(
    _ code: StoreError.Code, whenDeleted: StoreError.Code?, _ message: String,
    file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let before = try contents(of: path)
    let new = Session(id: id)
    try new.set("a", to: 1)
    func refused(_ body: @autoclosure () throws -> Any?) {
      assertError(code, try body(), message, file: file, line: line)
    }
    refused(try sessions.load(id))
    refused(try sessions.save(new))
    refused(try sessions.increment(id, "n"))
    refused(try sessions.consumeFormToken(id, "x"))
    refused(try sessions.deleteSessions(ofUser: "ada"))
    assertError(.exists, try sessions.create(new), message, file: file, line: line)
    XCTAssertTrue(try sessions.has(id), message, file: file, line: line)
    XCTAssertEqual(try contents(of: path), before, message, file: file, line: line)
    let isFree = try store.openLocked(id) != nil
    XCTAssertTrue(isFree, "\(message): no lock is left", file: file, line: line)
    if let whenDeleted {
      assertError(whenDeleted, try sessions.delete(id), message, file: file, line: line)
      XCTAssertEqual(try contents(of: path), before, message, file: file, line: line)
    } else {
      XCTAssertTrue(try sessions.delete(id), message, file: file, line: line)
    }
  }

  private func damage(_ change: (inout [UInt8]) throws -> Void) throws {
    var bytes = try contents(of: path)
    try change(&bytes)
    try put(bytes, into: path)
  }

  func testAForeignFileIsCorrupt() throws {
    for text in ["x", "#!/bin/sh\n", String(repeating: "log line\n", count: 2_000), "SESSION2"] {
      try put(Array(text.utf8), into: path)
      try assertAnswers(.corrupt, whenDeleted: .corrupt, text)
    }
  }

  func testALargeForeignFileIsCorrupt() throws {
    let large = [UInt8](repeating: 0x2a, count: 4 * SessionFile.size(forRecord: 32 + 1 << 20) + 1)
    try put(large, into: path)
    assertError(.corrupt, try sessions.load(id))
    assertError(.corrupt, try sessions.save(Session(id: id)))
    assertError(.corrupt, try sessions.delete(id))
    XCTAssertEqual(try sessions.sweep(olderThan: 0).deleted, 0)
    XCTAssertTrue(try contents(of: path) == large)
  }

  func testACutFileIsCorrupt() throws {
    for count in [1, 8, 31, 32, 511, 512, 600, 2_048, 4_095] {
      try sessions.save(Session(id: id))
      try damage { $0.removeLast($0.count - count) }
      try assertAnswers(.corrupt, whenDeleted: count < 32 ? .corrupt : nil, "cut to \(count)")
      try removeIfThere(path)
    }
  }

  func testAFileWithADamagedHeaderIsCorruptAndMayBeDeleted() throws {
    try damage { $0[12] ^= 1 }
    try assertAnswers(.corrupt, whenDeleted: nil, "damaged header")
  }

  func testAFileWithoutAWholeSlotIsCorruptAndMayBeDeleted() throws {
    try damage { bytes in
      bytes[512 + 33] ^= 1
      bytes[2_048 + 33] ^= 1
    }
    try assertAnswers(.corrupt, whenDeleted: nil, "two torn slots")
  }

  func testAFileUnderAnothersNameIsCorrupt() throws {
    let other = try sessions.make(["secret": 1])
    try put(contents(of: store.path + "/" + other.text), into: path)
    try assertAnswers(.corrupt, whenDeleted: nil, "another's file")
  }

  func testAPayloadThatIsNoneIsCorruptThoughTheOtherSlotIsWhole() throws {
    let record = try Record.sealed(hex("81"), for: id, revision: 3)
    try damage { bytes in
      var image = FileImage(bytes, of: id)
      image.write(record.storage.copy, toSlot: 0)
      bytes = image.bytes
    }
    try assertAnswers(.corrupt, whenDeleted: nil, "malformed payload")
  }

  func testAFileOfALaterVersionIsLeft() throws {
    for (offset, value) in [(8, UInt8(2)), (9, 1), (11, 0x80), (11, 1)] {
      try removeIfThere(path)
      try sessions.create(Session(id: id))
      try damage { bytes in
        bytes[offset] = value
        sealHead(&bytes)
      }
      try assertAnswers(.format, whenDeleted: .format, "byte \(offset)")
    }
  }

  func testAPayloadInALooserFormIsReadAndSavedInTheCanonicalOne() throws {
    let loose = hex("82 a475736572 d903616461 aa61747472696275746573 de0001 d9016e ca40000000")
    let record = try Record.sealed(loose, for: id, revision: 3)
    try damage { bytes in
      var image = FileImage(bytes, of: id)
      image.write(record.storage.copy, toSlot: 0)
      bytes = image.bytes
    }
    let session = try sessions.loaded(id)
    let canonical = try payload(["user": "ada", "attributes": ["n": 2.0]])
    XCTAssertEqual(session.payloadBytes, canonical)
    XCTAssertFalse(session.isChanged)
    try session.set("m", to: 1)
    try sessions.save(session, policy: .fail)
    XCTAssertEqual(try XCTUnwrap(store.read(id)).version.revision, 4)
    XCTAssertTrue(try isCanonical(XCTUnwrap(store.read(id)).encodedPayload))
  }

  func testOtherSessionsAreFine() throws {
    try put([1, 2, 3], into: path)
    let other = try sessions.make(["n": 5])
    XCTAssertEqual(try sessions.increment(other, "n"), 6)
    XCTAssertTrue(try sessions.delete(other))
  }

  func testAWalkGoesOnPastADamagedFile() throws {
    let others = Set(try (0..<20).map { _ in try sessions.make() })
    try put([1, 2, 3], into: path)
    let iterator = try sessions.sessions()
    var (seen, refused): (Set<SessionID>, [SessionID?]) = ([], [])
    while true {
      do throws(StoreError) {
        guard let session = try iterator.next() else { break }
        if let id = session.id { seen.insert(id) }
      } catch {
        XCTAssertEqual(error.code, .corrupt)
        refused.append(iterator.id)
      }
    }
    XCTAssertEqual(seen, others)
    XCTAssertEqual(refused, [id])
  }

  func testADamagedFileDoesNotKeepTheUsersOtherSessions() throws {
    let others = try (0..<5).map { _ in try sessions.make(user: "ada") }
    try put([1, 2, 3], into: path)
    assertError(.corrupt, try sessions.deleteSessions(ofUser: "ada"))
    for other in others { XCTAssertFalse(try sessions.has(other)) }
  }
}

extension FileImage {
  /// A file that was read.
  fileprivate init(_ bytes: [UInt8], of id: SessionID) {
    self.bytes = bytes
    self.id = id
  }
}
