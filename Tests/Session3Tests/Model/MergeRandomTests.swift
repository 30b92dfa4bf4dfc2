// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Merging random payloads, against dictionaries.
final class MergeRandomTests: XCTestCase {
  /// A session as a test would write it.
  private struct Model: Equatable {
    var fields: [String: Int] = [:]
    var attributes: [String: Int] = [:]
    var tokens: Set<Int> = []

    var payload: Value {
      var members = fields.map { Value.Member($0.key, .int(Int64($0.value))) }
      members.append(
        .init("attributes", .map(attributes.map { .init($0.key, Self.value($0.value)) })))
      members.append(.init("form_tokens", .array(tokens.sorted().map { .text("t\($0)") })))
      return .map(members)
    }

    /// Short values, and long ones that differ at their end alone.
    private static func value(_ number: Int) -> Value {
      number.isMultiple(of: 2)
        ? .int(Int64(number)) : .array([.text(String(repeating: "x", count: 50) + "\(number)")])
    }

    /// Around the 16 entries from which a map has a longer head: keys that begin like one another, and
    /// such as have longer heads themselves.
    private static func key(_ number: Int) -> String {
      let lengths = [0, 1, 2, 7, 8, 9, 31, 32, 33, 256]
      return String(repeating: "k", count: lengths[number / 2]) + (number % 2 == 0 ? "" : "l")
    }

    /// Up to 20 attributes.
    mutating func fill(_ random: inout SeededGenerator) {
      for number in 0..<random.below(21) { attributes[Self.key(number)] = random.below(4) }
    }

    mutating func change(_ random: inout SeededGenerator) {
      for _ in 0..<random.below(8) {
        let value: Int? = random.once(in: 3) ? nil : random.below(4)
        switch random.below(4) {
        case 0: fields[["user", "a", "later", "zz"][random.below(4)]] = value
        case 1: tokens.formSymmetricDifference([random.below(10)])
        default: attributes[Self.key(random.below(20))] = value
        }
      }
    }

    static func merge(base: Model, theirs: Model, ours: Model) -> Model {
      var merged = Model()
      merged.fields = merge(base.fields, theirs.fields, ours.fields)
      merged.attributes = merge(base.attributes, theirs.attributes, ours.attributes)
      // Whoever changed the user forgets the tokens of the other side.
      for side in [ours, theirs] where side.fields["user"] != base.fields["user"] {
        merged.tokens = side.tokens
        return merged
      }
      let added = theirs.tokens.union(ours.tokens).subtracting(base.tokens)
      merged.tokens = base.tokens.intersection(theirs.tokens).intersection(ours.tokens).union(added)
      return merged
    }

    private static func merge(
      _ base: [String: Int], _ theirs: [String: Int], _ ours: [String: Int]
    ) -> [String: Int] {
      var merged = theirs
      for key in Set(base.keys).union(ours.keys) where ours[key] != base[key] {
        merged[key] = ours[key]
      }
      return merged
    }
  }

  private func merge(_ base: [UInt8], _ theirs: [UInt8], _ ours: [UInt8]) throws -> [UInt8] {
    let storages = try [base, theirs, ours].map(recordStorage)
    defer { for storage in storages { keepAlive(storage) } }
    return try Payload.merge(
      base: storages[0].bytes, theirs: storages[1].bytes, ours: storages[2].bytes
    ).payloadCopy
  }

  /// A payload with its form tokens sorted, to compare them as a set.
  private func sorted(_ payload: [UInt8]) throws -> [UInt8] {
    guard case .map(let members) = try Value.decoded(payload) else { return payload }
    return try Session3Tests.payload(
      .map(
        members.map { member in
          guard member.key == "form_tokens", case .array(let tokens) = member.value else {
            return member
          }
          return .init(member.key, .array(tokens.sorted { "\($0)" < "\($1)" }))
        }))
  }

  func testAMergeIsThatOfDictionariesAndSets() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<800 {
      var base = Model()
      if random.once(in: 2) { base.fill(&random) }
      for _ in 0..<3 { base.change(&random) }
      var (theirs, ours) = (base, base)
      theirs.change(&random)
      ours.change(&random)
      let merged = try merge(
        payload(base.payload), payload(theirs.payload), payload(ours.payload))
      let expected = Model.merge(base: base, theirs: theirs, ours: ours)
      XCTAssertTrue(try isCanonical(merged))
      XCTAssertEqual(
        try sorted(merged), try sorted(payload(expected.payload)),
        "\(base)\n\(theirs)\n\(ours)")
    }
  }

  func testOneSidesChangeIsTheMerge() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<500 {
      var base = Model()
      if random.once(in: 2) { base.fill(&random) }
      for _ in 0..<3 { base.change(&random) }
      var changed = base
      changed.change(&random)
      let (before, after) = (try payload(base.payload), try payload(changed.payload))
      XCTAssertEqual(try merge(before, after, before), after)
      XCTAssertEqual(try sorted(merge(before, before, after)), try sorted(after))
      XCTAssertEqual(try merge(before, after, after), after)
    }
  }
}
