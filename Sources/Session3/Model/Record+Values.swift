// SPDX-License-Identifier: MIT

#if !hasFeature(Embedded)

/// What stores call that are written in Swift, and keep records in a form of their own.
extension Record {
  /// A record from its parts. Version, creation time and payload must be those of a record that the
  /// store was handed, to the bit.
  /// - Parameters:
  ///   - version: as the library made it.
  ///   - created: in microseconds since 1970 UTC.
  ///   - accessed: in microseconds since 1970 UTC; what `touch` was told last, if it was.
  ///   - payload: MessagePack, as the library made it.
  /// - Throws: `.value` if the payload is not what the library makes; `.noMemory`.
  public init(
    version: RecordVersion, created: Int64, accessed: Int64, payload: [UInt8]
  ) throws(StoreError) {
    let storage = try Record.buffer(payloadCapacity: payload.count)
    try payload.withBytes { (bytes) throws(StoreError) in
      guard try Payload.check(bytes) else {
        throw StoreError(.value, "the payload is not in canonical form")
      }
      try storage.append(bytes)
    }
    Record.restore(storage, version, created: created)
    self.init(sealed: storage, accessed: accessed)
  }

  /// A copy of the encoded content, MessagePack, which docs/format.md specifies.
  public var encodedPayload: [UInt8] {
    let copy = Array(payload)
    keepAlive(storage)
    return copy
  }
}

#endif
