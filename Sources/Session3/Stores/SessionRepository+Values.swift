// SPDX-License-Identifier: MIT

#if !hasFeature(Embedded)

/// What Swift hosts call: text is `String`, values are `Value`, times are `Duration`.
extension SessionRepository {
  /// Sessions in a store.
  /// - Parameters:
  ///   - store: where the records live.
  ///   - policy: of saves that name none.
  ///   - accessResolution: how old an access time is before a save that changes nothing renews it;
  ///     negative: always.
  public convenience init(
    _ store: any SessionStore, policy: SavePolicy = .merge,
    accessResolution: Duration = .seconds(1)
  ) {
    self.init(store, policy: policy, resolution: accessResolution.inMicroseconds)
  }

  /// A save that changes nothing renews the access time if that is older than this; negative: always.
  public var accessResolution: Duration { .microseconds(resolution) }

  /// What happened in the store since it was opened, through this repository and others of the same
  /// store object; what other processes do is not in it.
  public var statistics: StoreStatistics { store.monitor.statistics }

  /// What stands for a session in logs, in messages and on admin pages: 12 hexadecimal digits, the
  /// same in all hosts of a directory, from which nobody can tell the id.
  public func shortHash(of id: SessionID) -> String {
    id.withBytes { hexadecimal(store.shortHash($0), digits: 12) }
  }

  // MARK: One session

  /// Adds to an integer attribute in the store; no increment is lost. A missing one counts as 0.
  /// - Parameters:
  ///   - id: of a stored session.
  ///   - key: the attribute.
  ///   - delta: what to add; may be negative.
  /// - Returns: the new value.
  /// - Throws: `.gone` if there is no such session, `.type` if the attribute is no integer, `.range`
  ///   if the sum is no `Int64`; what loads and saves throw.
  @discardableResult
  public func increment(
    _ id: SessionID, _ key: String, by delta: Int64 = 1
  ) throws(StoreError) -> Int64 {
    try key.withBytes { (key) throws(StoreError) in try increment(id, key, by: delta) }
  }

  /// Checks a form token and forgets it in the store: of all who ask with one token, one is told
  /// true.
  /// - Parameters:
  ///   - id: of a session; false if there is none.
  ///   - token: as the form sent it.
  /// - Returns: whether the token was outstanding.
  /// - Throws: what loads and saves throw.
  public func consumeFormToken(_ id: SessionID, _ token: String) throws(StoreError) -> Bool {
    try token.withBytes { (token) throws(StoreError) in try consumeFormToken(id, token) }
  }

  // MARK: Many sessions

  /// Deletes the sessions of a user: "log out everywhere".
  /// - Parameters:
  ///   - user: as `Session.setUser` was given it.
  ///   - except: a session to spare.
  /// - Returns: how many were deleted.
  /// - Throws: `.invalid` for `.null`, which is nobody; the first failure, after the others were
  ///   deleted.
  /// - Complexity: O(sessions in the store): each is read.
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

  /// Deletes the sessions that were not in use for longer than an age, and what crashed processes
  /// left behind. To be called now and then, by one process or by several; beside all else.
  /// - Parameter age: 0 or more; that of the longest time limit, for sessions that a manager would
  ///   still find.
  /// - Returns: how many sessions were deleted, and how many remain.
  /// - Throws: `.invalid` for a negative age; the first failure, after the others were deleted.
  /// - Complexity: O(sessions in the store): one fstatat(2) each, in a directory.
  @discardableResult
  public func sweep(olderThan age: Duration) throws(StoreError) -> SweepResult {
    var result = SweepResult()
    try sweep(olderThan: age.inMicroseconds, into: &result)
    return result
  }
}

#endif
