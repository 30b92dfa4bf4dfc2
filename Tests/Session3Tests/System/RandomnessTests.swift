// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class RandomnessTests: XCTestCase {
  private func token() throws -> String {
    let token = try Randomness.token()
    return String(decoding: token.indices.map { token[$0] }, as: UTF8.self)
  }

  func testTokensAreBase64URLAndDiffer() throws {
    let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var seen: Set<String> = []
    var used: Set<Character> = []
    for _ in 0..<2_000 {
      let token = try token()
      XCTAssertEqual(token.count, Randomness.tokenLength)
      used.formUnion(token)
      XCTAssertTrue(seen.insert(token).inserted)
    }
    XCTAssertEqual(used, alphabet, "every character comes up")
  }

  func testTheLastCharacterCarriesTheTwoBitsThatAreLeft() throws {
    var last: Set<Character> = []
    for _ in 0..<500 { last.formUnion(try token().suffix(1)) }
    XCTAssertEqual(last, ["A", "Q", "g", "w"])
  }

  func testUniqueNumbersDifferAcrossThreads() throws {
    let perThread = 5_000
    let numbers = ThreadSafe<Set<UInt64>>([])
    try onThreads(8) { _ in
      var mine: Set<UInt64> = []
      for _ in 0..<perThread { mine.insert(try Randomness.unique()) }
      let seen = mine
      numbers.change { $0.formUnion(seen) }
    }
    XCTAssertEqual(numbers.value.count, 8 * perThread)
  }
}
