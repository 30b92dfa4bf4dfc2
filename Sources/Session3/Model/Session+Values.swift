// SPDX-License-Identifier: MIT

#if !hasFeature(Embedded)

/// What Swift hosts call: text is `String`, values are `Value`.
extension Session {
  /// Who is logged in, of whatever type of value, text as a rule; nil for nobody.
  /// - Throws: `.noMemory`.
  public var user: Value? {
    get throws(StoreError) { try field(Payload.user).map(Session.decoded) }
  }

  /// Logs somebody in, or out. With another user the tokens of the old one end, and a manager gives
  /// the session a new id.
  /// - Parameter user: text as a rule; nil for nobody.
  /// - Throws: `.value` for a value that can't be stored; `.noMemory`.
  public func setUser(_ user: Value?) throws(StoreError) {
    let encoded = user == nil || user == .null ? nil : try user?.encoded()
    try setUser(encoded: encoded)
  }

  /// The address that the session's first request came from, or nil.
  /// - Throws: `.noMemory`.
  public var remoteAddress: String? {
    get throws(StoreError) {
      guard case .text(let text) = try field(Payload.remoteAddress).map(Session.decoded) else {
        return nil
      }
      return text
    }
  }

  /// Sets the remote address.
  /// - Parameter address: nil for none.
  /// - Throws: `.noMemory`.
  public func setRemoteAddress(_ address: String?) throws(StoreError) {
    try setField(Payload.remoteAddress, to: address.map { Value.text($0) }?.encoded())
  }

  /// The value of an attribute.
  /// - Parameter key: its name.
  /// - Returns: nil if there is none; `.null` if it is there and nil.
  /// - Throws: `.noMemory`.
  /// - Complexity: O(bytes of the session).
  public func value(_ key: String) throws(StoreError) -> Value? {
    try key.withBytes { (key) throws(StoreError) in
      try attribute(key).map(Session.decoded)
    }
  }

  /// Sets an attribute.
  /// - Parameters:
  ///   - key: its name.
  ///   - value: what it is to hold.
  /// - Throws: `.value` if the value is nested deeper than 32 levels, or a map has a key twice;
  ///   `.noMemory`. On failure the session is as it was.
  public func set(_ key: String, to value: Value) throws(StoreError) {
    let encoded: ByteBuffer
    do throws(StoreError) { encoded = try value.encoded() } catch { throw error.of(attribute: key) }
    try key.withBytes { (key) throws(StoreError) in try setAttribute(key, to: encoded) }
  }

  /// Removes an attribute.
  /// - Parameter key: its name.
  /// - Returns: whether there was one.
  /// - Throws: `.noMemory`.
  @discardableResult
  public func remove(_ key: String) throws(StoreError) -> Bool {
    try key.withBytes { (key) throws(StoreError) in try removeAttribute(key) }
  }

  /// Removes all attributes; user and tokens stay.
  /// - Throws: `.noMemory`.
  public func removeAll() throws(StoreError) {
    try setField(Payload.attributes, to: nil)
  }

  /// All attributes, in the order of their keys' bytes.
  /// - Throws: `.noMemory`.
  public var attributes: [Value.Member] {
    get throws(StoreError) {
      guard case .map(let members) = try field(Payload.attributes).map(Session.decoded) else {
        return []
      }
      return members
    }
  }

  /// Makes a form token, which passes once, and remembers it; beyond 32 the oldest is forgotten. To
  /// be checked by `SessionRepository.consumeFormToken`, once the session was saved.
  /// - Returns: 22 characters of `A-Z a-z 0-9 _ -`.
  /// - Throws: `.io` if the system gives no random bytes; `.noMemory`.
  public func makeFormToken() throws(StoreError) -> String {
    try Session.text(createFormToken())
  }

  /// Whether a form token is outstanding; compared in constant time.
  /// - Parameter token: as the form sent it.
  /// - Returns: whether it is outstanding in this copy of the session.
  /// - Throws: `.noMemory`.
  public func hasFormToken(_ token: String) throws(StoreError) -> Bool {
    try token.withBytes { (token) throws(StoreError) in try hasFormToken(token) }
  }

  /// Forgets a form token in this copy of the session: of two requests with one token each may be told
  /// true. `SessionRepository.consumeFormToken` tells one.
  /// - Parameter token: as the form sent it.
  /// - Returns: whether it was outstanding.
  /// - Throws: `.noMemory`.
  @discardableResult
  public func removeFormToken(_ token: String) throws(StoreError) -> Bool {
    try token.withBytes { (token) throws(StoreError) in try removeFormToken(token) }
  }

  /// The csrf token, made at the first call, and another one after a login.
  /// - Returns: 22 characters of `A-Z a-z 0-9 _ -`.
  /// - Throws: `.io` if the system gives no random bytes; `.type` if another host stored one of another
  ///   length; `.noMemory`.
  public func makeCSRFToken() throws(StoreError) -> String {
    try Session.text(csrfToken())
  }

  /// Whether a token is the csrf token; compared in constant time, and false where none was made.
  /// - Parameter token: as the form or header sent it.
  /// - Returns: whether it is the one.
  /// - Throws: `.noMemory`.
  public func isCSRFToken(_ token: String) throws(StoreError) -> Bool {
    try token.withBytes { (token) throws(StoreError) in try checkCSRFToken(token) }
  }

  /// How long ago the session was created, never negative.
  /// - Parameter now: in microseconds since 1970 UTC; nil for the present.
  /// - Returns: whole microseconds.
  public func creationAge(now: Int64? = nil) -> Duration {
    .microseconds(age(from: created, to: now ?? StoreClock.system.now()))
  }

  /// How long ago the session was last in use, as of when it was loaded, never negative.
  /// - Parameter now: in microseconds since 1970 UTC; nil for the present.
  /// - Returns: whole microseconds.
  public func accessAge(now: Int64? = nil) -> Duration {
    .microseconds(age(from: accessed, to: now ?? StoreClock.system.now()))
  }

  private static func text(_ token: Token) -> String {
    String(decoding: token.indices.map { token[$0] }, as: UTF8.self)
  }

  private static func decoded(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> Value {
    var reader = MessagePackReader(bytes)
    return try Value(&reader)
  }
}

extension Session: CustomStringConvertible {
  /// User, address, times, and the attributes' keys with type and size; neither the id nor a token
  /// nor an attribute's content.
  public var description: String {
    guard let text = try? describe() else { return "session" }
    defer { keepAlive(text) }
    return String(decoding: text.bytes, as: UTF8.self)
  }
}

#endif
