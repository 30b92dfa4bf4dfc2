// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class IterationTests: XCTestCase {
  func testAnEmptyStoreHasNoSessions() throws {
    try onEachStore { sessions, store in
      let iterator = try sessions.sessions()
      XCTAssertNil(iterator.id, store)
      XCTAssertNil(try iterator.next(), store)
      XCTAssertNil(try iterator.next(), "\(store): over is over")
      XCTAssertNil(iterator.id, store)
    }
  }

  func testEachSessionIsSeenOnce() throws {
    try onEachStore { sessions, store in
      var expected: [SessionID: Value] = [:]
      for number in Int64(0)..<400 {
        expected[try sessions.make(["n": .int(number)])] = .int(number)
      }
      let iterator = try sessions.sessions()
      while let session = try iterator.next() {
        let id = try XCTUnwrap(session.id)
        XCTAssertEqual(iterator.id, id, store)
        XCTAssertEqual(try session.value("n"), expected.removeValue(forKey: id), store)
      }
      XCTAssertTrue(expected.isEmpty, store)
    }
  }

  func testWhatIsDeletedMeanwhileIsPassedOver() throws {
    try onEachStore { sessions, store in
      for _ in 0..<50 { _ = try sessions.make() }
      let iterator = try sessions.sessions()
      _ = try iterator.next()
      let first = try XCTUnwrap(iterator.id)
      for id in try sessions.allIDs() where id != first {
        XCTAssertTrue(try sessions.delete(id), store)
      }
      XCTAssertNil(try iterator.next(), store)
    }
  }

  func testTwoWalksDoNotDisturbEachOther() throws {
    try onEachStore { sessions, store in
      let ids = Set(try (0..<30).map { _ in try sessions.make() })
      let (one, other) = (try sessions.sessions(), try sessions.sessions())
      var seen: (Set<SessionID>, Set<SessionID>) = ([], [])
      while let id = try one.nextID() {
        seen.0.insert(id)
        if let id = try other.nextID() { seen.1.insert(id) }
      }
      XCTAssertEqual(seen.0, ids, store)
      XCTAssertEqual(seen.1, ids, store)
    }
  }

  func testAWalkOutlivesItsRepository() throws {
    try onEachStore { sessions, store in
      _ = try sessions.make()
      let iterator = try SessionRepository(sessions.store).sessions()
      XCTAssertNotNil(try iterator.next(), store)
    }
  }

  func testASessionOfAWalkCanBeSaved() throws {
    try onEachStore { sessions, store in
      for _ in 0..<20 { _ = try sessions.make() }
      let iterator = try sessions.sessions()
      while let session = try iterator.next() {
        try session.set("seen", to: true)
        try sessions.save(session)
      }
      for id in try sessions.allIDs() {
        XCTAssertEqual(try sessions.stored("seen", of: id), true, store)
      }
    }
  }
}
