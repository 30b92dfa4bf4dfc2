// SPDX-License-Identifier: MIT

#if !hasFeature(Embedded)

/// What Swift hosts call: text is `String`, values are `Value`.
extension SessionRepository {
  /// Adds to an integer attribute in the store; no increment is lost. A missing one counts as 0.
  /// - Returns: the new value.
  /// - Throws: `.gone` if there is no such session, `.type` if the attribute is no integer, `.range`
  ///   if the sum is no `Int64`.
  @discardableResult
  public func increment(
    _ id: SessionID, _ key: String, by delta: Int64 = 1
  ) throws(StoreError) -> Int64 {
    try key.withBytes { (key) throws(StoreError) in try increment(id, key, by: delta) }
  }

  /// Checks a form token and forgets it in the store: of all who ask with one token, one is told
  /// true.
  public func consumeFormToken(_ id: SessionID, _ token: String) throws(StoreError) -> Bool {
    try token.withBytes { (token) throws(StoreError) in try consumeFormToken(id, token) }
  }

  /// Deletes the sessions of a user: "log out everywhere".
  ///
  /// `except`: a session to spare.
  ///
  /// - Returns: how many were deleted.
  @discardableResult
  public func deleteSessions(
    ofUser user: Value, except: SessionID? = nil
  ) throws(StoreError) -> UInt64 {
    guard user != .null else { throw StoreError(.invalid, "nil is nobody") }
    let encoded = try user.encoded()
    var deleted: UInt64 = 0
    try deleteSessions(
      ofUser: encoded.bytes, sparing: SparedSessions(id: except), deleted: &deleted)
    keepAlive(encoded)
    return deleted
  }
}

extension Record {
  /// A record from its parts: for stores that are written in Swift.
  /// - Parameters:
  ///   - version: as the library made it.
  ///   - created: in microseconds since 1970 UTC.
  ///   - accessed: in microseconds since 1970 UTC.
  ///   - payload: MessagePack, as the library made it.
  /// - Throws: `.value` if the payload is not in canonical form.
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

  /// A copy of the encoded content.
  public var encodedPayload: [UInt8] {
    let copy = Array(payload)
    keepAlive(storage)
    return copy
  }
}

#endif
