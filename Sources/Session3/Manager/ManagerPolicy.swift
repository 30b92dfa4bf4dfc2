// SPDX-License-Identifier: MIT

/// How a manager goes about its sessions.
public struct ManagerPolicy: Sendable {
  /// The cookie that carries the id.
  public var cookie = CookiePolicy()
  /// Whether sessions that say nothing of it themselves outlive the browser.
  public var isPersistent = false
  /// Whether a session is worth keeping; nil: if it has a user or any attribute. Called from any
  /// thread.
  public var hasInfo: (@Sendable (Session) -> Bool)?
  /// What ends sessions, for `session3/manager.h`; Swift hosts say it in `Duration`.
  var limits = Limits()

  /// Times in microseconds.
  struct Limits: Sendable {
    /// Nil: for ever.
    var idle: Int64?
    /// Nil: for ever.
    var lifetime: Int64?
    var persistent: Int64 = 30 * 86_400_000_000
    /// Nil: as the repository has it; negative: always.
    var accessResolution: Int64?
  }

  /// A policy without time limits, whose cookie ends with the browser.
  public init() {}

  /// Checks that browsers keep the cookie, that no time is negative, and that sessions in use don't
  /// end because nobody notes that they are.
  ///
  /// `other`: the resolution of access times where this policy names none.
  func check(accessResolution other: Int64) throws(StoreError) {
    try cookie.check()
    guard (limits.idle ?? 0) >= 0, (limits.lifetime ?? 0) >= 0, limits.persistent > 0 else {
      throw StoreError(.invalid, "a time limit is negative")
    }
    guard (limits.accessResolution ?? other) < min(limits.idle ?? .max, limits.persistent) else {
      throw StoreError(.invalid, "an access resolution as long as a timeout ends sessions in use")
    }
  }

  /// Whether the browser is to keep a session's cookie when it is closed.
  func isPersistent(_ session: Session) -> Bool {
    session.isPersistent ?? isPersistent
  }

  /// Whether a session is beyond one of the time limits.
  func isExpired(_ session: Session, now: Int64) -> Bool {
    let idle = isPersistent(session) ? limits.persistent : limits.idle
    if let idle, Self.idleTime(of: session, now: now) > idle { return true }
    guard let lifetime = limits.lifetime else { return false }
    return age(from: Self.start(of: session), to: now) > lifetime
  }

  /// How long the browser is to keep a session's cookie; 0: until it is closed.
  func cookieLifetime(of session: Session, now: Int64) -> Int64 {
    guard isPersistent(session) else { return 0 }
    guard let lifetime = limits.lifetime else { return cookieTimeout }
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
  private var cookieTimeout: Int64 { min(limits.persistent, 400 * 86_400_000_000) }

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
