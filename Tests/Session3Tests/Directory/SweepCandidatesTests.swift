// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// What a sweep takes for old, and in which order it deletes it.
final class SweepCandidatesTests: XCTestCase {
  private func taken(_ candidates: SweepCandidates) -> [String] {
    var ids: [String] = []
    candidates.takeAll { ids.append($0.text) }
    return ids
  }

  func testTheyComeInTheOrderOfTheirInodes() throws {
    let candidates = try SweepCandidates.make()
    let inodes: [UInt64] = [7, 1 << 63, 0, 3, 9, 2, .max, 4, 1]
    for inode in inodes {
      try candidates.add(try XCTUnwrap(SessionID("s\(inode)")), inode: inode)
    }
    XCTAssertEqual(taken(candidates), inodes.sorted().map { "s\($0)" })
  }

  func testIDsOfEveryLengthComeBack() throws {
    let candidates = try SweepCandidates.make()
    let ids = (1...SessionID.maximumLength).map { String(repeating: "i", count: $0) }
    for id in ids { try candidates.add(try XCTUnwrap(SessionID(id)), inode: UInt64(id.count)) }
    XCTAssertEqual(taken(candidates), ids)
  }

  func testTakenOnceTheyAreGoneAndItsRoomIsFreeAgain() throws {
    let candidates = try SweepCandidates.make()
    for round in 0..<3 {
      var count: UInt64 = 0
      while !candidates.isFull {
        try candidates.add(try XCTUnwrap(SessionID("r\(round)-\(count)")), inode: count)
        count += 1
      }
      XCTAssertEqual(count, 16_000)
      XCTAssertEqual(taken(candidates), (0..<count).map { "r\(round)-\($0)" })
      XCTAssertFalse(candidates.isFull)
      XCTAssertEqual(taken(candidates), [])
    }
  }
}
