// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// A payload in canonical form, from fields in any order: `["user": "ada", "attributes": [...]]`.
func payload(_ fields: Value) throws -> [UInt8] {
  try canonical(fields.bytes)
}

/// A payload brought into canonical form.
func canonical(_ payload: [UInt8]) throws(StoreError) -> [UInt8] {
  let storage = try payload.withBytes { (bytes) throws(StoreError) in
    try Payload.canonical(bytes)
  }
  return Array(storage.copy.dropFirst(Record.headSize))
}

/// Whether a payload is in canonical form.
func isCanonical(_ payload: [UInt8]) throws(StoreError) -> Bool {
  try payload.withBytes { (bytes) throws(StoreError) in
    let isCanonical = try Payload.checkInFull(bytes)
    XCTAssertTrue(isCanonical || !Payload.isSurelyCanonical(bytes), "\(payload)")
    return isCanonical
  }
}

/// A canonical payload in a record's storage, its head not sealed.
func recordStorage(_ payload: [UInt8]) throws -> ByteBuffer {
  try ByteBuffer.make([UInt8](repeating: 0, count: Record.headSize) + payload)
}

extension ByteBuffer {
  /// The payload in a record's storage.
  var payloadCopy: [UInt8] { Array(copy.dropFirst(Record.headSize)) }
}

extension Record {
  /// A sealed record of a payload.
  static func sealed(
    _ payload: [UInt8], for id: SessionID, revision: UInt64 = 1, created: Int64 = 0,
    incarnation: UInt64 = 7, accessed: Int64 = 0
  ) throws -> Record {
    let storage = try recordStorage(payload)
    Record.seal(
      storage, for: id, revision: revision, created: created, incarnation: incarnation)
    return Record(sealed: storage, accessed: accessed)
  }
}

extension Session {
  /// A copy of the encoded payload; the payload itself is borrowed, and goes with the session.
  var payloadBytes: [UInt8] {
    withExtendedLifetime(self) { Array(payload) }
  }
}
