// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// The Swift example of the README, as it stands there.
final class ReadmeTests: XCTestCase {
  func testVisitsAreCountedOverRequests() throws {
    let path = NSTemporaryDirectory() + "readme-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    var cookie = ""
    for expected: Int64 in 1...3 {
      let session = try visit(path, cookie)
      cookie = try XCTUnwrap(session.id).text
      XCTAssertEqual(try session.value("visits"), .int(expected))
    }
  }

  private func visit(_ path: String, _ cookie: String) throws -> Session {
    var options = DirectorySessionStore.Options()
    options.create = true
    let sessions = SessionRepository(try DirectorySessionStore.open(path, options: options))
    let session: Session
    if let id = SessionID(cookie), let stored = try sessions.load(id) {
      session = stored
    } else {
      session = Session()
    }
    var visits: Int64 = 1
    if case .int(let past) = try session.value("visits") { visits += past }
    try session.set("visits", to: .int(visits))
    if session.isNew {
      try sessions.create(session)
    } else {
      try sessions.save(session)
    }
    return session
  }
}
