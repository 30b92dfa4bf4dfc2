// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// What is no regular file under an id's name is nobody's session, and nobody hangs on it.
final class StrangeFileTests: XCTestCase {
  private var store: DirectorySessionStore!
  private var sessions: SessionRepository!
  private let id = SessionID("strange")
  private var path: String { store.path + "/strange" }

  override func setUpWithError() throws {
    store = try directoryStore()
    sessions = SessionRepository(store)
  }

  private func assertRefused(file: StaticString = #filePath, line: UInt = #line) throws {
    let id = try XCTUnwrap(id)
    XCTAssertFalse(try sessions.has(id), file: file, line: line)
    assertError(.corrupt, try sessions.load(id), file: file, line: line)
    assertError(.corrupt, try sessions.save(Session(id: id)), file: file, line: line)
    assertError(.corrupt, try sessions.create(Session(id: id)), file: file, line: line)
    assertError(.corrupt, try sessions.increment(id, "n"), file: file, line: line)
    assertError(.corrupt, try sessions.delete(id), file: file, line: line)
    let swept = try sessions.sweep(olderThan: ManualClock.hour).deleted
    XCTAssertEqual(swept, 0, file: file, line: line)
    XCTAssertTrue(try names(in: store.path).contains("strange"), file: file, line: line)
  }

  func testADirectory() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try assertRefused()
  }

  func testAFIFO() throws {
    XCTAssertEqual(mkfifo(path, 0o600), 0)
    try assertRefused()
  }

  func testALinkToASession() throws {
    let other = try sessions.make()
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other.text)
    try assertRefused()
    XCTAssertTrue(try sessions.has(other))
  }

  func testALinkToNothing() throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "nothing")
    try assertRefused()
    XCTAssertFalse(try names(in: store.path).contains("nothing"))
  }

  func testASocket() throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    XCTAssertEqual(result, 0)
    try assertRefused()
  }

  func testAnEmptyFileIsNoSessionYet() throws {
    let id = try XCTUnwrap(id)
    try put([], into: path)
    XCTAssertFalse(try sessions.has(id))
    XCTAssertNil(try sessions.load(id))
    XCTAssertFalse(try sessions.delete(id))
    assertError(.gone, try sessions.increment(id, "n"))
    try sessions.create(Session(id: id))
    XCTAssertNotNil(try sessions.load(id))
  }
}
