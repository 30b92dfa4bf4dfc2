// SPDX-License-Identifier: MIT

/// The request cycle of a web server: cookie in, session out; session in, cookie out.
///
/// May be used from any task and thread at the same time, and in a child after fork(2).
public final class SessionManager: @unchecked Sendable {
  /// Where the sessions are.
  public let repository: SessionRepository
  /// How it goes about them.
  public let policy: ManagerPolicy
  private let cookieName: ByteBuffer

  /// Of several cookies of one name so many are looked up: a browser sends one or two.
  private static let maximumLookups = 4

  /// A manager of the sessions in a repository.
  /// - Parameters:
  ///   - repository: where the sessions are.
  ///   - policy: how to go about them.
  /// - Throws: `.invalid` for a negative time, or a cookie that browsers drop.
  public convenience init(
    _ repository: SessionRepository, policy: ManagerPolicy = ManagerPolicy()
  ) throws(StoreError) {
    self.init(repository, policy, try Self.checkedName(repository, policy))
  }

  /// As the initializer does, which in Embedded Swift leaks its object where it throws.
  static func make(
    _ repository: SessionRepository, policy: ManagerPolicy
  ) throws(StoreError) -> SessionManager {
    SessionManager(repository, policy, try checkedName(repository, policy))
  }

  private init(_ repository: SessionRepository, _ policy: ManagerPolicy, _ name: ByteBuffer) {
    self.repository = repository.with(resolution: policy.limits.accessResolution)
    self.policy = policy
    cookieName = name
  }

  /// The cookie's name, of a policy that holds.
  private static func checkedName(
    _ repository: SessionRepository, _ policy: ManagerPolicy
  ) throws(StoreError) -> ByteBuffer {
    try policy.check(accessResolution: repository.resolution)
    let name = try ByteBuffer.make(capacity: policy.cookie.name.utf8.count)
    for byte in policy.cookie.name.utf8 { try name.append(byte: byte) }
    return name
  }

  /// The present, by the store's clock.
  var now: Int64 { repository.store.clock.now() }

  /// Whether a session that was loaded is beyond a time limit.
  /// - Parameter session: as a repository loads it, which knows no limits.
  /// - Returns: whether a request would not find it.
  public func isExpired(_ session: Session) -> Bool {
    policy.isExpired(session, now: now)
  }

  /// What an id that a client sent stands for.
  /// - Parameter id: of any session.
  /// - Returns: the session, if a request would find it.
  /// - Throws: what `SessionRepository.load` throws.
  public func lookUp(_ id: SessionID) throws(StoreError) -> Lookup {
    guard let session = try repository.load(id) else { return .missing }
    return isExpired(session) ? .expired : .found(session)
  }

  /// What an id stands for.
  public enum Lookup {
    /// This session.
    case found(Session)
    /// Nothing.
    case missing
    /// Stored, but beyond a time limit.
    case expired
  }

  /// Begins a request.
  /// - Parameters:
  ///   - cookies: its Cookie header, any bytes.
  ///   - address: where it came from, an encoded text; nil if unknown.
  /// - Returns: the request.
  /// - Throws: where the store can't tell whose session it is.
  func startRequest(
    cookies: UnsafeRawBufferPointer, address: ByteBuffer?
  ) throws(StoreError) -> SessionRequest {
    let (session, status) = try find(cookies)
    if let session {
      return SessionRequest(
        self, session, cookieStatus: .found, hasSessionCookie: true, address: address)
    }
    return SessionRequest(
      self, try Session.visitor(from: address), cookieStatus: status ?? .missing,
      hasSessionCookie: status != nil, address: address)
  }

  /// The first of the header's cookies that stands for a session.
  /// - Returns: with no session, what the cookies stood for; nil if there were none.
  private func find(
    _ cookies: UnsafeRawBufferPointer
  ) throws(StoreError) -> (Session?, CookieStatus?) {
    var header = CookieHeader(cookies)
    var status: CookieStatus?
    var lookups = 0
    while lookups < Self.maximumLookups, let value = header.next(named: cookieName.bytes) {
      if status == nil { status = .missing }
      guard let id = SessionID(value) else { continue }
      lookups += 1
      do throws(StoreError) {
        switch try lookUp(id) {
        case .found(let session): return (session, .found)
        case .expired: status = .expired
        case .missing: break
        }
      } catch  where error.isUnreadable {
        status = .unreadable(error)
      }
    }
    return (nil, status)
  }
}

/// What a request's cookie stood for.
public enum CookieStatus: Sendable {
  /// The session that the request has.
  case found
  /// Nothing; also where there was no cookie.
  case missing
  /// A session beyond a time limit.
  case expired
  /// A session that is stored but can't be read; it was left as it is.
  case unreadable(StoreError)
}

extension Session {
  /// A new session of who came from an address, an encoded text.
  static func visitor(from address: ByteBuffer?) throws(StoreError) -> Session {
    let session = Session()
    if let address { try session.setField(Payload.remoteAddress, to: address) }
    return session
  }
}
