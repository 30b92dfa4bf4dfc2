// SPDX-License-Identifier: MIT
import Synchronization
import XCTest

@testable import Session3

/// Of all who create, replace, delete or bring back one id at once, the right number succeeds.
final class CreateRaceTests: XCTestCase {
  private static let rounds = 1_000

  /// How many threads of a round succeeded.
  private final class Tally: Sendable {
    private let counts: [Atomic64] = (0..<CreateRaceTests.rounds).map { _ in Atomic64() }

    func count(_ round: Int) { counts[round].value.add(1, ordering: .relaxed) }

    var distinct: Set<Int> { Set(counts.map { $0.value.load(ordering: .relaxed) }) }
  }

  private final class Atomic64: Sendable {
    let value = Atomic<Int>(0)
  }

  private func id(_ round: Int) throws -> SessionID {
    try XCTUnwrap(SessionID("round-\(round)"))
  }

  func testOfTwoCreatorsOneIsTold() throws {
    try onEachStore { sessions, store in
      let ids = try (0..<Self.rounds).map(id)
      let created = Tally()
      try onThreads(2) { thread in
        for (round, id) in ids.enumerated() {
          let session = Session(id: id)
          try session.set("by", to: .int(Int64(thread)))
          do throws(StoreError) {
            try sessions.create(session)
            created.count(round)
          } catch {
            guard error.code == .exists else { throw error }
          }
        }
      }
      XCTAssertEqual(created.distinct, [1], store)
      XCTAssertEqual(try sessions.allIDs().count, Self.rounds, store)
    }
  }

  func testOfTwoWhoDeleteOneIsTold() throws {
    try onEachStore { sessions, store in
      let ids = try (0..<Self.rounds).map(id)
      for id in ids { try sessions.create(Session(id: id)) }
      let deleted = Tally()
      try onThreads(2) { _ in
        for (round, id) in ids.enumerated() where try sessions.delete(id) { deleted.count(round) }
      }
      XCTAssertEqual(deleted.distinct, [1], store)
      XCTAssertEqual(try sessions.allIDs(), [], store)
    }
  }

  func testALogoutStaysWhoeverSaves() throws {
    try onEachStore { sessions, store in
      let ids = try (0..<Self.rounds).map(id)
      for id in ids { try sessions.create(Session(id: id)) }
      try onThreads(3) { thread in
        for id in ids {
          if thread == 0 {
            guard try sessions.delete(id) else { throw StoreError(.gone, "nothing to delete") }
          } else if let session = try sessions.load(id) {
            try session.set("by", to: .int(Int64(thread)))
            do throws(StoreError) { try sessions.save(session) } catch {
              guard error.code == .gone else { throw error }
            }
          }
        }
      }
      XCTAssertEqual(try sessions.allIDs(), [], store)
    }
  }

  func testReplacementsOfOneSessionAreEachARevision() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      try onThreads(4) { thread in
        for round in 0..<200 {
          let session = Session(id: id)
          try session.set("by", to: [.int(Int64(thread)), .int(Int64(round))])
          try sessions.save(session)
        }
      }
      XCTAssertEqual(try XCTUnwrap(sessions.store.read(id)).version.revision, 801, store)
    }
  }
}
