// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// Threads of one process that save a session while others give it new ids.
final class ManagerThreadTests: XCTestCase {
  /// So few that no thread can lose more tries than a compare-and-swap store grants.
  private static let rounds = 40

  func testNoSaveIsLostWhileTheIDChanges() throws {
    try onEachStore { sessions, store in
      let id = ThreadSafe(try sessions.make())
      let saved = ThreadSafe<Set<String>>([])
      try onThreads(6) { thread in
        for round in 0..<Self.rounds {
          let session = try Self.loaded(sessions, id)
          if thread < 2 {
            try session.set("renewer \(thread)", to: .int(Int64(round)))
            do throws(StoreError) {
              try sessions.renew(session)
              if let new = session.id { id.change { $0 = new } }
            } catch {
              guard error.code == .gone else { throw error }
            }
          } else {
            let key = "\(thread) \(round)"
            try session.set(key, to: 1)
            try sessions.save(session)
            saved.change { _ = $0.insert(key) }
          }
        }
      }
      XCTAssertEqual(try sessions.allIDs().count, 1, "\(store): nothing is there twice")
      let last = try sessions.loaded(XCTUnwrap(sessions.allIDs().first))
      let kept = Set(try last.attributes.map(\.key).filter { !$0.hasPrefix("renewer") })
      XCTAssertEqual(kept, saved.value, store)
      XCTAssertEqual(kept.count, 4 * Self.rounds, store)
    }
  }

  /// The session of an id that changes, and is told a moment after it changed.
  private static func loaded(
    _ sessions: SessionRepository, _ id: ThreadSafe<SessionID>
  ) throws -> Session {
    for _ in 0..<100_000 {
      if let session = try sessions.load(id.value) { return session }
      usleep(20)
    }
    throw StoreError(.gone, "the session is lost")
  }

  func testOfManyRenewalsAtOnceOneWins() throws {
    try onEachStore { sessions, store in
      for _ in 0..<10 {
        let id = try sessions.make(["n": 1])
        let won = ThreadSafe<[SessionID]>([])
        try onThreads(6) { _ in
          guard let session = try sessions.load(id) else { return }
          do throws(StoreError) {
            try sessions.renew(session)
            if let new = session.id { won.change { $0.append(new) } }
          } catch {
            guard error.code == .gone else { throw error }
          }
        }
        XCTAssertEqual(won.value.count, 1, store)
        XCTAssertEqual(try sessions.allIDs(), won.value, store)
        for id in won.value { XCTAssertTrue(try sessions.delete(id), store) }
      }
    }
  }

  func testALogoutWinsOverRenewals() throws {
    try onEachStore { sessions, store in
      let manager = try SessionManager(sessions)
      for _ in 0..<20 {
        let id = try sessions.make(user: "ada")
        // All begin before anybody is done.
        nonisolated(unsafe) let requests = try (0..<4).map { _ in try Browser(id).start(manager) }
        try onThreads(requests.count) { thread in
          let request = requests[thread]
          if thread == 0 {
            _ = try request.expireSession()
          } else {
            try request.session?.set("n", to: .int(Int64(thread)))
            _ = try request.renewID()
          }
          try request.finishSuccessful()
        }
        XCTAssertEqual(try sessions.allIDs(), [], store)
      }
    }
  }

  func testOfManyLoginsAtOnceEachHasASession() throws {
    try onEachStore { sessions, store in
      let manager = try SessionManager(sessions)
      for _ in 0..<10 {
        let id = try sessions.make(["cart": 1])
        let found = ThreadSafe<[SessionID: Int64]>([:])
        try onThreads(5) { thread in
          let browser = Browser(id)
          let request = try browser.start(manager)
          try request.session?.setUser(.int(Int64(thread)))
          try request.finishSuccessful()
          browser.receive(request)
          guard let id = browser.id else { throw StoreError(.gone, "a login without a cookie") }
          found.change { $0[id] = Int64(thread) }
        }
        XCTAssertEqual(found.value.count, 5, store)
        XCTAssertNil(found.value[id], store)
        XCTAssertEqual(Set(try sessions.allIDs()), Set(found.value.keys), store)
        for (id, user) in found.value {
          XCTAssertEqual(try sessions.loaded(id).user, .int(user), store)
          XCTAssertTrue(try sessions.delete(id), store)
        }
      }
    }
  }

  func testOneManagerServesManyBrowsers() throws {
    try onEachStore { sessions, store in
      let manager = try SessionManager(sessions) {
        $0.idleTimeout = .microseconds(ManualClock.hour)
      }
      try onThreads(4) { thread in
        let browser = Browser()
        for round in 0..<15 {
          let user = Value.text("user \(thread)")
          try browser.visit(manager) { session, _ in try session.setUser(user) }
          for _ in 0..<3 {
            try browser.visit(manager) { session, request in
              guard try session.user == user else { throw StoreError(.value, "another's") }
              try session.set("round", to: .int(Int64(round)))
              if round % 2 == 0 { _ = try request.renewID() }
            }
          }
          try browser.visit(manager) { session, request in
            guard try session.value("round") == .int(Int64(round)) else {
              throw StoreError(.value, "a change is lost")
            }
            _ = try request.expireSession()
          }
          guard browser.cookie == nil else { throw StoreError(.value, "still logged in") }
        }
      }
      XCTAssertEqual(try sessions.allIDs(), [], store)
    }
  }

  func testTheMemoryOfRenewalsIsForAllThreads() throws {
    let renewals = Renewals()
    try onThreads(4) { thread in
      for round in 0..<500 {
        guard let id = SessionID("id\(thread)-\(round)") else { return }
        renewals.begin(UInt64(thread))
        renewals.end(UInt64(thread), at: id)
        guard renewals.whereabouts(of: UInt64(thread))?.id == id else {
          throw StoreError(.value, "another's id")
        }
      }
    }
  }
}
