// SPDX-License-Identifier: MIT

/// How a manager goes about its sessions. All times are in microseconds.
public struct ManagerPolicy: Sendable {
  /// The cookie that carries the id.
  public var cookie = CookiePolicy()
  /// How long a session lives without being used; nil: for ever.
  public var idleTimeout: Int64?
  /// How long a session lives after the login, or after it was created if nobody logged in, however
  /// busy it is; nil: for ever.
  public var lifetime: Int64?
  /// How long a persistent session lives without being used, and how long browsers keep its cookie.
  public var persistentTimeout: Int64 = 30 * 86_400_000_000
  /// Whether sessions that say nothing of it themselves outlive the browser.
  public var isPersistent = false
  /// How old an access time is before a request that changes nothing renews it; nil: as the
  /// repository has it; negative: always.
  public var accessResolution: Int64?
  /// Whether a session is worth keeping; nil: if it has a user or any attribute. Called from any
  /// thread.
  public var hasInfo: (@Sendable (Session) -> Bool)?

  public init() {}

  /// Checks that browsers keep the cookie, that no time is negative, and that sessions in use don't
  /// end because nobody notes that they are.
  ///
  /// `other`: the resolution of access times where this policy names none.
  func check(accessResolution other: Int64) throws(StoreError) {
    try cookie.check()
    guard (idleTimeout ?? 0) >= 0, (lifetime ?? 0) >= 0, persistentTimeout > 0 else {
      throw StoreError(.invalid, "a time limit is negative")
    }
    guard (accessResolution ?? other) < min(idleTimeout ?? .max, persistentTimeout) else {
      throw StoreError(.invalid, "an access resolution as long as a timeout ends sessions in use")
    }
  }

  /// Whether the browser is to keep a session's cookie when it is closed.
  func isPersistent(_ session: Session) -> Bool {
    session.isPersistent ?? isPersistent
  }

  /// Whether a session is beyond one of the time limits.
  func isExpired(_ session: Session, now: Int64) -> Bool {
    let idle = isPersistent(session) ? persistentTimeout : idleTimeout
    if let idle, Self.idleTime(of: session, now: now) > idle { return true }
    guard let lifetime else { return false }
    return age(from: Self.start(of: session), to: now) > lifetime
  }

  /// How long the browser is to keep a session's cookie; 0: until it is closed.
  func cookieLifetime(of session: Session, now: Int64) -> Int64 {
    guard isPersistent(session) else { return 0 }
    guard let lifetime else { return cookieTimeout }
    // At least something: 0 would mean until the browser is closed.
    let rest = lifetime - min(lifetime, age(from: Self.start(of: session), to: now))
    return max(1, min(cookieTimeout, rest))
  }

  /// Whether a new cookie would stay with the browser for long after the one that it has: a tenth of
  /// the time that it keeps them, since to note that is a save.
  func isCookieOld(of session: Session, now: Int64) -> Bool {
    guard isPersistent(session) else { return false }
    let given = session.renewed ?? session.created
    if SweepAge.isMistaken(given, now: now) { return true }
    let end = moment(cookieLifetime(of: session, now: given), after: given)
    let newEnd = moment(cookieLifetime(of: session, now: now), after: now)
    return age(from: end, to: newEnd) > cookieTimeout / 10
  }

  /// Browsers keep no cookie for longer than 400 days.
  private var cookieTimeout: Int64 { min(persistentTimeout, 400 * 86_400_000_000) }

  /// As a sweep counts it, so that a clock that was ahead makes nothing immortal.
  private static func idleTime(of session: Session, now: Int64) -> Int64 {
    let accessed = session.record?.accessed ?? session.accessed
    return SweepAge.idle(accessed: accessed, created: session.created, now: now)
  }

  /// When the absolute lifetime of a session began.
  private static func start(of session: Session) -> Int64 {
    session.authenticated ?? session.created
  }

  /// Whether a session is worth keeping.
  func hasInfo(_ session: Session) throws(StoreError) -> Bool {
    guard let hasInfo else { return try session.hasInfo }
    return hasInfo(session)
  }
}
