// SPDX-License-Identifier: MIT
import Synchronization
import XCTest

@testable import Session3

/// Readers beside writers see only whole states, and never go back.
final class ReaderRaceTests: XCTestCase {
  /// Has readers load a session until the writers are done.
  private func read(
    _ id: SessionID, of sessions: SessionRepository,
    while write: @escaping @Sendable (Int) throws -> Void,
    _ check: @escaping @Sendable (Session, inout Int64) throws -> Void
  ) throws {
    let writing = Flag(2)
    try onThreads(6) { thread in
      if thread < 2 {
        defer { writing.lower() }
        try write(thread)
      } else {
        var last: Int64 = 0
        repeat { try check(sessions.loaded(id), &last) } while writing.isRaised
      }
    }
  }

  /// A session whose parts say all the same: a number, and bytes of so many that it grows.
  private static func state(_ number: Int64) -> [(String, Value)] {
    let byte = UInt8(truncatingIfNeeded: number)
    let filling = [UInt8](repeating: byte, count: Int(number) * 7 % 6_000)
    return [("a", .int(number)), ("filling", .binary(filling)), ("z", .int(number))]
  }

  func testEachStateIsWholeAndNoneIsOlderThanOneSeenBefore() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(Dictionary(uniqueKeysWithValues: Self.state(0)))
      try read(
        id, of: sessions,
        while: { _ in
          for _ in 0..<500 { try Self.advance(id, in: sessions) }
        },
        { session, last in
          guard case .int(let number) = try session.value("a"), number >= last,
            try session.attributes == Self.state(number).map({ Value.Member($0.0, $0.1) })
          else { throw StoreError(.corrupt, "a state that nobody saved, or an old one") }
          last = number
        })
      XCTAssertEqual(try sessions.stored("a", of: id), 1_000, store)
    }
  }

  /// Saves the next state.
  private static func advance(_ id: SessionID, in sessions: SessionRepository) throws {
    while true {
      let session = try sessions.loaded(id)
      guard case .int(let number) = try session.value("a") else { throw StoreError(.type, "no a") }
      for (key, value) in state(number + 1) { try session.set(key, to: value) }
      do throws(StoreError) { return try sessions.save(session, policy: .fail) } catch {
        guard error.code == .conflict else { throw error }
      }
    }
  }

  func testASessionThatIsDeletedAndMadeIsThereOrNot() throws {
    try onEachStore { sessions, store in
      let id = try XCTUnwrap(SessionID("now-and-then"))
      let writing = Flag(1)
      try onThreads(4) { thread in
        if thread == 0 {
          defer { writing.lower() }
          for number in Int64(0)..<1_000 {
            let session = Session(id: id)
            try session.set("n", to: .int(number))
            try sessions.create(session)
            guard try sessions.delete(id) else { throw StoreError(.gone, "somebody deleted it") }
          }
        } else {
          while writing.isRaised {
            guard let session = try sessions.load(id) else { continue }
            guard case .int = try session.value("n") else { throw StoreError(.type, "no n") }
          }
        }
      }
      XCTAssertFalse(try sessions.has(id), store)
    }
  }
}
