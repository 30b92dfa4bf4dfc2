// SPDX-License-Identifier: MIT

/// One request of a web server, from its Cookie header to its Set-Cookie header.
///
/// What the request asks for (a new id, a logout) is done when it finishes; one that fails, or is
/// dropped, leaves no trace. It belongs to one task or thread at a time.
public final class SessionRequest {
  /// What became of the session.
  public enum Outcome: UInt32, Sendable {
    /// Nothing was there to keep.
    case none = 0
    /// Stored already, and nothing changed.
    case unchanged
    /// Stored again.
    case saved
    /// Stored for the first time.
    case created
    /// Stored under another id.
    case renewed
    /// Expired by the request, or without information.
    case deleted
    /// Deleted by somebody else, so that changes were not stored.
    case gone
  }

  /// Whose sessions end.
  public enum ExpireScope: UInt32, Sendable {
    /// All of the user.
    case all = 1
    /// All of the user but that of the request.
    case others = 2
  }

  /// The manager that began it.
  public let manager: SessionManager
  /// The session to read and to change; nil after it was expired.
  public private(set) var session: Session?
  /// What the request's cookie stood for.
  public let cookieStatus: CookieStatus
  /// Whether the request came with a cookie of the manager's name.
  public let hasSessionCookie: Bool
  /// What became of the session, as of the last finish or `maintainSession`.
  public internal(set) var outcome = Outcome.none
  /// Whether the request was finished, by either way.
  public private(set) var isFinished = false

  /// The value of the Set-Cookie header, with a NUL behind it; nil if none is to be sent.
  var setCookie: ByteBuffer?
  /// What the browser holds for an id, and how.
  var announced: (id: SessionID, isPersistent: Bool)?
  /// The session as it was loaded or last kept; nil for a new one.
  var known: Record?
  var asksForRenewal = false

  /// What the cookie stood for at the beginning.
  private let cookieID: SessionID?
  private let address: ByteBuffer?
  /// Sessions that C callers may still hold: those that expired, and those that were replaced.
  private var retired: [Session] = []
  private var expired: [Session] = []
  private var isRevoking = false
  /// Whose sessions end, and which one is spared: the request's own, where the others end.
  private var userToExpire: (user: ByteBuffer, spared: Session?)?

  init(
    _ manager: SessionManager, _ session: Session, cookieStatus: CookieStatus,
    hasSessionCookie: Bool, address: ByteBuffer?
  ) {
    self.manager = manager
    self.session = session
    self.cookieStatus = cookieStatus
    self.hasSessionCookie = hasSessionCookie
    self.address = address
    cookieID = session.id
    known = session.record
    announced = session.id.map { ($0, manager.policy.isPersistent(session)) }
  }

  // MARK: In the midst

  /// Whether the session of the request's cookie is stored now.
  /// - Returns: false without a cookie that stood for a session.
  /// - Throws: `.io`.
  public func isCookieSessionStored() throws(StoreError) -> Bool {
    guard let cookieID else { return false }
    return try manager.repository.has(cookieID)
  }

  /// Gives the request a new, empty session in the place of what it has, which stays stored.
  /// - Returns: the new one.
  /// - Throws: `.invalid` if the request is finished; `.noMemory`.
  @discardableResult
  public func newSession() throws(StoreError) -> Session {
    try checkUnfinished()
    let fresh = try Session.visitor(from: address)
    if let session { retired.append(session) }
    session = fresh
    known = nil
    asksForRenewal = false
    return fresh
  }

  /// Ends the session, when the request finishes: a logout.
  /// - Returns: false if the request has none.
  /// - Throws: `.invalid` if the request is finished.
  @discardableResult
  public func expireSession() throws(StoreError) -> Bool {
    try checkUnfinished()
    guard let session else { return false }
    retired.append(session)
    expired.append(session)
    isRevoking = true
    self.session = nil
    return true
  }

  /// Ends the sessions of the user who is logged in now, on all browsers, when the request finishes.
  /// - Parameter scope: whether that of the request ends, too.
  /// - Returns: false if the request has no session, or nobody is logged in.
  /// - Throws: `.invalid` if the request is finished; `.noMemory`.
  @discardableResult
  public func expireUserSessions(_ scope: ExpireScope) throws(StoreError) -> Bool {
    try checkUnfinished()
    guard let session, let user = try session.copyOfUser() else { return false }
    userToExpire = (user, scope == .others ? session : nil)
    return scope == .others ? true : try expireSession()
  }

  /// Gives the session a new id when the request finishes, as a login does by itself.
  /// - Returns: false if the request has no session.
  /// - Throws: `.invalid` if the request is finished.
  @discardableResult
  public func renewID() throws(StoreError) -> Bool {
    try checkUnfinished()
    guard session != nil else { return false }
    asksForRenewal = true
    return true
  }

  // MARK: The end

  /// Keeps the session, or not; for a response whose headers leave before the page is done.
  /// - Throws: `.invalid` if the request is finished; what saves throw. On failure it may be tried again.
  public func maintainSession() throws(StoreError) {
    try checkUnfinished()
    if let session { try maintain(session) }
  }

  /// Ends a request that went well: keeps the session, deletes what was expired. A session that
  /// somebody deleted meanwhile stays deleted: `outcome` tells.
  /// - Throws: `.invalid` if the request is finished; what saves and deletions throw. On failure it may
  ///   be tried again.
  public func finishSuccessful() throws(StoreError) {
    try checkUnfinished()
    // First, since a login in this request is not meant.
    try deleteUserSessions()
    try maintainSession()
    try deleteExpired()
    isFinished = true
  }

  /// Ends a request that failed: stores nothing, deletes nothing.
  /// - Throws: `.invalid` if the request is finished.
  public func finishFailed() throws(StoreError) {
    try checkUnfinished()
    isFinished = true
  }

  private func deleteExpired() throws(StoreError) {
    while let session = expired.last {
      if let id = session.id, let record = session.record {
        try manager.repository.delete(id, of: record.incarnation)
      }
      // Not removeLast: a callback of a custom store that calls in here may have emptied it.
      _ = expired.popLast()
    }
    guard isRevoking, session?.id == nil else { return }
    outcome = .deleted
    if hasSessionCookie || announced != nil { try revoke() }
  }

  private func deleteUserSessions() throws(StoreError) {
    guard let (user, spared) = userToExpire else { return }
    // By incarnation, which a new id does not change; the other is that of a login since, which was
    // kept before its headers left.
    let (own, later) = (spared?.record?.incarnation, session?.record?.incarnation)
    var deleted: UInt64 = 0
    do throws(StoreError) {
      try manager.repository.deleteSessions(
        ofUser: user.bytes,
        sparing: SparedSessions(incarnations: (own, later)),
        deleted: &deleted)
    } catch  where error.isUnreadable {
      // Whoever is logged in by such a session can't be told; the others were deleted.
    }
    keepAlive(user)
    userToExpire = nil
  }

  private func checkUnfinished() throws(StoreError) {
    guard !isFinished else { throw StoreError(.invalid, "the request is finished") }
  }
}

@available(*, unavailable, message: "a request belongs to one task at a time")
extension SessionRequest: Sendable {}

extension Session {
  /// The encoded user; nil if nobody is logged in.
  func copyOfUser() throws(StoreError) -> ByteBuffer? {
    guard let user = try field(Payload.user) else { return nil }
    return try ByteBuffer.make(copying: user)
  }
}
