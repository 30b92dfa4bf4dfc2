// SPDX-License-Identifier: MIT

#if !hasFeature(Embedded)

/// What Swift hosts call: text is `String`, values are `Value`.
extension Session {
  /// The user, whatever type of value it is; nil if nobody is logged in.
  public var user: Value? {
    get throws(StoreError) { try field(Payload.user).map(Session.decoded) }
  }

  /// Sets the user; nil for none.
  public func setUser(_ user: Value?) throws(StoreError) {
    let encoded = user == nil || user == .null ? nil : try user?.encoded()
    try setUser(encoded: encoded)
  }

  /// The address that the session's first request came from.
  public var remoteAddress: String? {
    get throws(StoreError) {
      guard case .text(let text) = try field(Payload.remoteAddress).map(Session.decoded) else {
        return nil
      }
      return text
    }
  }

  /// Sets the remote address; nil for none.
  public func setRemoteAddress(_ address: String?) throws(StoreError) {
    try setField(Payload.remoteAddress, to: address.map { Value.text($0) }?.encoded())
  }

  /// The value of an attribute; nil if there is none.
  /// - Complexity: O(bytes of the session).
  public func value(_ key: String) throws(StoreError) -> Value? {
    try key.withBytes { (key) throws(StoreError) in
      try attribute(key).map(Session.decoded)
    }
  }

  /// Sets an attribute.
  /// - Throws: `.value` if the value is nested too deep or a map has a key twice.
  public func set(_ key: String, to value: Value) throws(StoreError) {
    let encoded: ByteBuffer
    do throws(StoreError) { encoded = try value.encoded() } catch { throw error.of(attribute: key) }
    try key.withBytes { (key) throws(StoreError) in try setAttribute(key, to: encoded) }
  }

  /// Removes an attribute.
  /// - Returns: whether there was one.
  @discardableResult
  public func remove(_ key: String) throws(StoreError) -> Bool {
    try key.withBytes { (key) throws(StoreError) in try removeAttribute(key) }
  }

  /// All attributes, in the order of their keys' bytes.
  public var attributes: [Value.Member] {
    get throws(StoreError) {
      guard case .map(let members) = try field(Payload.attributes).map(Session.decoded) else {
        return []
      }
      return members
    }
  }

  /// Makes a form token and remembers it; beyond 32 the oldest is forgotten.
  public func makeFormToken() throws(StoreError) -> String {
    try Session.text(createFormToken())
  }

  /// Whether a form token is outstanding.
  public func hasFormToken(_ token: String) throws(StoreError) -> Bool {
    try token.withBytes { (token) throws(StoreError) in try hasFormToken(token) }
  }

  /// The csrf token, made at the first call.
  public func makeCSRFToken() throws(StoreError) -> String {
    try Session.text(csrfToken())
  }

  /// Whether a token is the csrf token; compared in constant time.
  public func isCSRFToken(_ token: String) throws(StoreError) -> Bool {
    try token.withBytes { (token) throws(StoreError) in try checkCSRFToken(token) }
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

extension StoreError: CustomStringConvertible {
  /// The operation, the place and the cause, as C callers get them.
  public var description: String {
    var text = ""
    for part in [operation?.description, place, attribute.map { "attribute " + $0 }] {
      if let part { text += part + ": " }
    }
    text += detail ?? cause.description
    if systemErrno != 0 { text += ": errno \(systemErrno)" }
    if let offset { text += " at byte \(offset)" }
    return text
  }
}

#endif
