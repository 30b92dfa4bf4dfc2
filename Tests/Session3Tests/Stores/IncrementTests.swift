// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class IncrementTests: XCTestCase {
  func testAMissingAttributeCountsAsZero() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(["other": "x"])
      XCTAssertEqual(try sessions.increment(id, "n"), 1, store)
      XCTAssertEqual(try sessions.increment(id, "n", by: 41), 42, store)
      XCTAssertEqual(try sessions.increment(id, "n", by: -50), -8, store)
      XCTAssertEqual(try sessions.increment(id, "m", by: 0), 0, store)
      XCTAssertEqual(
        try sessions.loaded(id).attributes,
        [.init("m", 0), .init("n", -8), .init("other", "x")], store)
    }
  }

  func testTheSumMustFit() throws {
    try onEachStore { sessions, store in
      let most = try sessions.make(["n": .int(Int64.max)])
      let least = try sessions.make(["n": .int(Int64.min)])
      assertError(.range, try sessions.increment(most, "n"), store)
      assertError(.range, try sessions.increment(most, "n", by: Int64.max), store)
      assertError(.range, try sessions.increment(least, "n", by: -1), store)
      assertError(.range, try sessions.increment(least, "n", by: Int64.min), store)
      XCTAssertEqual(try sessions.stored("n", of: most), .int(Int64.max), store)
      XCTAssertEqual(try sessions.increment(most, "n", by: Int64.min), -1, store)
      XCTAssertEqual(try sessions.increment(least, "n", by: Int64.max), -1, store)
    }
  }

  func testANumberAbove63BitsComesDown() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(["n": .uint(1 << 63)])
      assertError(.range, try sessions.increment(id, "n", by: 0), store)
      assertError(.range, try sessions.increment(id, "n", by: 1), store)
      XCTAssertEqual(try sessions.increment(id, "n", by: -1), Int64.max, store)
      let largest = try sessions.make(["n": .uint(UInt64.max)])
      assertError(.range, try sessions.increment(largest, "n", by: -1), store)
      XCTAssertEqual(try sessions.increment(largest, "n", by: Int64.min), Int64.max, store)
    }
  }

  func testWhatIsNoIntegerIsLeft() throws {
    try onEachStore { sessions, store in
      for value in ["1", 1.0, nil, true, [1], ["n": 1]] as [Value] {
        let id = try sessions.make(["n": value])
        assertError(.type, try sessions.increment(id, "n"), store)
        XCTAssertEqual(try sessions.stored("n", of: id), value, store)
      }
    }
  }

  func testAMissingSessionIsGone() throws {
    try onEachStore { sessions, store in
      assertError(.gone, try sessions.increment(SessionID.generate(), "n"), store)
      XCTAssertEqual(try sessions.allIDs(), [], store)
    }
  }

  func testAnIncrementIsNoConflictForWhoMerges() throws {
    try onEachStore { sessions, store in
      let id = try sessions.make(["n": 1])
      let session = try sessions.loaded(id)
      try session.set("a", to: 1)
      _ = try sessions.increment(id, "n")
      try sessions.save(session)
      XCTAssertEqual(try session.value("n"), 2, store)
    }
  }
}
