// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Random payloads, in random forms and orders, and damaged.
final class PayloadRandomTests: XCTestCase {
  private func fields(_ random: inout SeededGenerator) -> [String: Value] {
    var fields: [String: Value] = [:]
    if random.once(in: 2) { fields["user"] = random.value() }
    if random.once(in: 2) { fields["remote_address"] = random.once(in: 4) ? nil : "127.0.0.1" }
    if random.once(in: 2) {
      fields["form_tokens"] = .array((0..<random.below(20)).map { .text("token \($0)") })
    }
    if random.once(in: 3) { fields["csrf_token"] = .text(random.text()) }
    if random.once(in: 3) { fields["later"] = random.value() }
    let count = random.below(20)
    let names = Set((0..<count).map { _ in random.text() })
    fields["attributes"] = .map(names.map { Value.Member($0, random.value()) })
    return fields
  }

  private func shuffled(_ fields: [String: Value], _ random: inout SeededGenerator) -> Value {
    .map(
      fields.shuffled(using: &random).map { key, value in
        guard key == "attributes", case .map(let members) = value else {
          return Value.Member(key, value)
        }
        return Value.Member(key, .map(members.shuffled(using: &random)))
      })
  }

  func testEqualPayloadsHaveEqualBytes() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<200 {
      let fields = fields(&random)
      let one = try payload(shuffled(fields, &random))
      let other = random.looseBytes(of: shuffled(fields, &random))
      XCTAssertEqual(try canonical(other), one, "\(other)")
      XCTAssertTrue(try isCanonical(one))
    }
  }

  func testADamagedPayloadIsRefusedOrIsAnother() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<2_500 {
      let damaged = random.damaged(try payload(shuffled(fields(&random), &random)))
      do throws(StoreError) {
        let bytes = try canonical(damaged)
        XCTAssertTrue(try isCanonical(bytes), "\(damaged)")
        XCTAssertEqual(try canonical(bytes), bytes, "\(damaged)")
        let session = Session()
        try damaged.withBytes { (bytes) throws(StoreError) in try session.setPayload(bytes) }
        _ = (try session.user, try session.attributes, session.description)
        XCTAssertFalse(try session.hasFormToken("x"))
      } catch {
        XCTAssertEqual(error.code, .value, "\(damaged)")
      }
    }
  }
}
