// SPDX-License-Identifier: MIT

/// Who is logged in, since when, and for how long the browser is to remember it.
extension Session {
  /// Sets the user to an encoded, canonical value; nil for none.
  ///
  /// Another user begins anew: who knew the tokens before a login must not pass with them after it.
  func setUser(encoded user: ByteBuffer?) throws(StoreError) {
    let isSame = try areEqual(field(Payload.user), user?.bytes)
    keepAlive(user)
    if isSame { return }
    try setField(Payload.user, to: user)
    isUserChanged = true
    try setField(Payload.authenticated, to: nil)
    try setField(Payload.csrfToken, to: nil)
    try setField(Payload.formTokens, to: nil)
  }

  /// When the user logged in, in microseconds since 1970 UTC; nil if nobody noted it, as managers do.
  public var authenticated: Int64? { time(Payload.authenticated) }

  /// Notes when the user logged in, from which a manager's lifetime counts: for programs without a
  /// manager, after `setUser`, which forgets it where it changes the user.
  /// - Parameter time: in microseconds since 1970 UTC; nil if nobody knows.
  /// - Throws: `.invalid` for a time where nobody is logged in; `.noMemory`.
  public func setAuthenticated(_ time: Int64?) throws(StoreError) {
    guard let time else { return try setField(Payload.authenticated, to: nil) }
    guard try field(Payload.user) != nil else { throw StoreError(.invalid, "nobody is logged in") }
    try setTime(Payload.authenticated, to: time)
  }

  /// When the browser was last given the id, in microseconds since 1970 UTC; nil if that was when
  /// the session was created, or nobody noted it.
  var renewed: Int64? { time(Payload.renewed) }

  /// Whether the session outlives the browser: "remember me"; nil for what the manager's policy says.
  public var isPersistent: Bool? {
    guard let field = try? field(Payload.persistent) else { return nil }
    return try? EncodedValue(bytes: field).bool()
  }

  /// Says whether the session outlives the browser.
  /// - Parameter isPersistent: nil for what the manager's policy says.
  /// - Throws: `.noMemory`.
  public func setPersistent(_ isPersistent: Bool?) throws(StoreError) {
    guard let isPersistent else { return try setField(Payload.persistent, to: nil) }
    let value = try ByteBuffer.make(capacity: 1)
    try MessagePackWriter(buffer: value).bool(isPersistent)
    try setField(Payload.persistent, to: value)
  }

  /// Sets a field to a time, in microseconds since 1970 UTC.
  func setTime(_ name: StaticString, to time: Int64) throws(StoreError) {
    let value = try ByteBuffer.make(capacity: 15)
    try MessagePackWriter(buffer: value).timestamp(Timestamp(microseconds: time))
    try setField(name, to: value)
  }

  private func time(_ name: StaticString) -> Int64? {
    guard let field = try? field(name) else { return nil }
    return try? EncodedValue(bytes: field).timestamp().microseconds
  }
}
