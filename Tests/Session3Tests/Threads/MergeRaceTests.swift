// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Threads that save one session by merging.
final class MergeRaceTests: XCTestCase {
  private static let threads = 8
  /// So few that no thread can lose more tries than a compare-and-swap store grants.
  private static let rounds = 60

  func testEachThreadsOwnAttributeIsKept() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      try onThreads(Self.threads) { thread in
        let session = try sessions.loaded(id)
        for round in 1...Self.rounds {
          try session.set("thread \(thread)", to: .int(Int64(round)))
          try sessions.save(session)
          guard try session.value("thread \(thread)") == .int(Int64(round)) else {
            throw StoreError(.value, "a merge changed what we saved")
          }
        }
      }
      let expected = (0..<Self.threads).map {
        Value.Member("thread \($0)", .int(Int64(Self.rounds)))
      }
      XCTAssertEqual(try sessions.loaded(id).attributes, expected, store)
    }
  }

  func testAttributesThatComeAndGoDoNotDisturbOthers() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      try onThreads(Self.threads) { thread in
        let session = try sessions.loaded(id)
        for round in 0..<Self.rounds {
          // Of every size, so that the file grows while others write it.
          let size = (round * 97 + thread) % 900
          try session.set("t\(thread)", to: .binary([UInt8](repeating: UInt8(thread), count: size)))
          try sessions.save(session)
          try session.remove("t\(thread)")
          try sessions.save(session)
        }
        try session.set("done \(thread)", to: true)
        try sessions.save(session)
      }
      let done = (0..<Self.threads).map { Value.Member("done \($0)", true) }
      XCTAssertEqual(try sessions.loaded(id).attributes, done, store)
    }
  }

  func testTokensOfAllThreadsAreOutstanding() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make()
      let tokens = ThreadSafe<[String]>([])
      try onThreads(Self.threads) { _ in
        let session = try sessions.loaded(id)
        for _ in 0..<4 {
          let token = try session.makeFormToken()
          try sessions.save(session)
          tokens.change { $0.append(token) }
        }
      }
      let session = try sessions.loaded(id)
      for token in tokens.value { XCTAssertTrue(try session.hasFormToken(token), store) }
    }
  }
}
