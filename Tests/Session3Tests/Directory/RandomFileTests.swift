// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// Session files full of random damage, under checksums that are right half of the time: a hostile
/// writer, not a torn write. Every verb answers, and none traps.
final class RandomFileTests: XCTestCase {
  private static let answers: Set<StoreError.Code> = [
    .corrupt, .format, .range, .type, .exists, .gone, .tooLarge,
  ]

  func testEveryVerbAnswers() throws {
    var random = SeededGenerator.announced()
    let store = try directoryStore(StoreSettings(maximumPayload: 10_000))
    let sessions = SessionRepository(store)
    let id = try XCTUnwrap(SessionID("hostile"))
    let path = store.path + "/hostile"
    var answered: Set<StoreError.Code> = []
    for _ in 0..<1_500 {
      try put(file(of: id, &random), into: path)
      let verbs: [() throws -> Any?] = [
        { try sessions.load(id).map { "\($0)" } },
        { try sessions.load(id)?.attributes },
        { try sessions.increment(id, "n") },
        { try sessions.consumeFormToken(id, "x") },
        { try Self.change(id, in: sessions) },
        { try sessions.deleteSessions(ofUser: 7) },
        { try sessions.save(Session(id: id)) },
        { try sessions.sweep(olderThan: 1 << 60) },
        { try sessions.delete(id) },
      ]
      for verb in verbs {
        do {
          _ = try verb()
        } catch let error as StoreError {
          let code = try XCTUnwrap(error.code)
          XCTAssertTrue(Self.answers.contains(code), "\(error)")
          answered.insert(code)
        }
      }
      try removeIfThere(path)
    }
    XCTAssertTrue(answered.isSuperset(of: [.corrupt, .format, .type]), "\(answered)")
  }

  private static func change(_ id: SessionID, in sessions: SessionRepository) throws {
    guard let session = try sessions.load(id) else { return }
    try session.set("m", to: .binary([UInt8](repeating: 1, count: 3_000)))
    try sessions.save(session)
  }

  /// A file with two records of random payloads, damaged.
  private func file(of id: SessionID, _ random: inout SeededGenerator) throws -> [UInt8] {
    let size = SessionFile.blockSize * (1 + random.below(2))
    var image = try FileImage(record(for: id, &random), of: id, size: size)
    if random.once(in: 2) {
      let second = try record(for: id, &random).storage.copy
      image.write(second.prefix(image.range(ofSlot: 1).count), toSlot: 1)
    }
    for _ in 0..<random.below(3) {
      let offset = random.once(in: 2) ? random.below(32) : random.below(image.bytes.count)
      image.bytes[offset] ^= 1 << UInt8(random.below(8))
    }
    if random.once(in: 2) { sealHead(&image.bytes) }
    if random.once(in: 10) { image.bytes.removeLast(random.below(image.bytes.count)) }
    return image.bytes
  }

  /// A record with a right checksum, of a payload that may be none, and of extreme numbers.
  private func record(
    for id: SessionID, _ random: inout SeededGenerator
  ) throws -> Record {
    let fields: Value = [
      "user": 7, "form_tokens": ["x", "y"],
      "attributes": ["n": random.once(in: 2) ? random.value() : .int(Int64.max)],
    ]
    var bytes = random.looseBytes(of: fields)
    if random.once(in: 3) { bytes = random.damaged(bytes) }
    let edges: [UInt64] = [0, 1, 2, 1 << 63, UInt64.max, random.next()]
    return try Record.sealed(
      bytes, for: id, revision: edges[random.below(6)],
      created: Int64(bitPattern: edges[random.below(6)]), incarnation: edges[random.below(6)])
  }
}
