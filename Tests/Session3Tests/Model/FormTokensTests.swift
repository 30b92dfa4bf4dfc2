// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// The queue of form tokens, and how two of them merge.
final class FormTokensTests: XCTestCase {
  private func encoded(_ tokens: [String]) throws -> ByteBuffer {
    try Value.array(tokens.map { .text($0) }).encoded()
  }

  private func strings(_ queue: ByteBuffer?) throws -> [String] {
    guard let queue else { return [] }
    guard case .array(let tokens) = try Value.decoded(queue.copy) else { return ["no array"] }
    return tokens.map { if case .text(let token) = $0 { token } else { "no text" } }
  }

  private func numbered(_ range: Range<Int>) -> [String] { range.map { "t\($0)" } }

  private func changed(
    _ tokens: [String], _ token: String,
    _ change: (FormTokens, UnsafeRawBufferPointer) throws(StoreError) -> ByteBuffer?
  ) throws -> [String] {
    let queue = try encoded(tokens)
    defer { keepAlive(queue) }
    return try strings(
      token.withBytes { (token) throws(StoreError) in
        try change(FormTokens(encoded: queue.bytes), token)
      })
  }

  private func appended(_ token: String, to tokens: [String]) throws -> [String] {
    try changed(tokens, token) { (queue, token) throws(StoreError) in try queue.appending(token) }
  }

  private func removed(_ token: String, from tokens: [String]) throws -> [String] {
    try changed(tokens, token) { (queue, token) throws(StoreError) in try queue.removing(token) }
  }

  private func merged(
    base: [String], theirs: [String], ours: [String]
  ) throws -> [String] {
    let queues = try [base, theirs, ours].map(encoded)
    defer { for queue in queues { keepAlive(queue) } }
    return try strings(
      FormTokens.merge(
        base: FormTokens(encoded: queues[0].bytes), theirs: FormTokens(encoded: queues[1].bytes),
        ours: FormTokens(encoded: queues[2].bytes)))
  }

  func testATokenIsAppendedBehindTheOthers() throws {
    XCTAssertEqual(try appended("a", to: []), ["a"])
    XCTAssertEqual(try appended("c", to: ["a", "b"]), ["a", "b", "c"])
  }

  func testTheOldestGivesWayToThe33rd() throws {
    XCTAssertEqual(FormTokens.maximum, 32)
    XCTAssertEqual(try appended("x", to: numbered(0..<31)), numbered(0..<31) + ["x"])
    XCTAssertEqual(try appended("x", to: numbered(0..<32)), numbered(1..<32) + ["x"])
    XCTAssertEqual(
      try appended("x", to: numbered(0..<100)), numbered(69..<100) + ["x"],
      "a longer queue of another encoder")
  }

  func testATokenIsRemovedWhereverItStands() throws {
    XCTAssertEqual(try removed("a", from: ["a", "b", "c"]), ["b", "c"])
    XCTAssertEqual(try removed("b", from: ["a", "b", "c"]), ["a", "c"])
    XCTAssertEqual(try removed("a", from: ["a", "b", "a"]), ["b"])
    XCTAssertEqual(try removed("x", from: ["a"]), ["a"])
    XCTAssertEqual(try removed("a", from: ["a"]), [])
  }

  func testOnlyAWholeTokenIsContained() throws {
    let queue = try encoded(["abc", "", "abd"])
    for (token, isThere) in [("abc", true), ("", true), ("ab", false), ("abcd", false)] {
      let isFound = try token.withBytes { (token) throws(StoreError) in
        try FormTokens(encoded: queue.bytes).contains(token)
      }
      XCTAssertEqual(isFound, isThere, token)
    }
    keepAlive(queue)
  }

  func testWhatEitherTookOutIsOutAndWhatEitherPutInIsIn() throws {
    let cases: [(base: [String], theirs: [String], ours: [String], merged: [String])] = [
      ([], [], [], []),
      (["a"], ["a"], ["a"], ["a"]),
      (["a"], [], ["a"], []), (["a"], ["a"], [], []), (["a"], [], [], []),
      ([], ["a"], [], ["a"]), ([], [], ["a"], ["a"]), ([], ["a"], ["b"], ["a", "b"]),
      ([], ["a"], ["a"], ["a"]),
      (["a", "b"], ["b", "c"], ["a", "b", "d"], ["b", "c", "d"]),
      (["a", "b"], ["a"], ["b"], []),
      (["a", "b"], ["a", "x"], ["b", "y"], ["x", "y"]),
    ]
    for (base, theirs, ours, expected) in cases {
      XCTAssertEqual(
        try merged(base: base, theirs: theirs, ours: ours), expected, "\(base) \(theirs) \(ours)")
    }
  }

  func testAMergedQueueForgetsItsOldest() throws {
    let base = numbered(0..<30)
    XCTAssertEqual(
      try merged(base: base, theirs: base + ["x", "y"], ours: base + ["z"]),
      numbered(1..<30) + ["x", "y", "z"])
    XCTAssertEqual(
      try merged(base: [], theirs: numbered(0..<32), ours: numbered(32..<64)), numbered(32..<64))
  }

  func testWhatIsNoArrayOfTextIsRefused() throws {
    for wrong in ["x", 1, ["a": "b"], [1], ["a", nil]] as [Value] {
      let encoded = try wrong.encoded()
      assertError(.value, try FormTokens(encoded: encoded.bytes))
      keepAlive(encoded)
    }
  }
}
