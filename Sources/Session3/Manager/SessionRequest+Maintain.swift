// SPDX-License-Identifier: MIT

/// What becomes of a request's session when the request went well.
extension SessionRequest {
  /// How often a session without information is looked at again because others changed it.
  private static var discardLimit: Int { 100 }

  /// Keeps a session with information, and deletes one that lost it.
  func maintain(_ session: Session) throws(StoreError) {
    let hasInfo = try manager.policy.hasInfo(session)
    // Nothing to keep, and nothing was kept.
    if !hasInfo, session.isNew { return }
    // A stored one that never had any, by this host's rule, is another host's.
    if !hasInfo, try hadInfo() { return try discard(session) }
    try keep(session)
  }

  /// Whether the session was worth keeping when it was loaded or last kept.
  private func hadInfo() throws(StoreError) -> Bool {
    guard let known, let id = session?.id else { return false }
    return try manager.policy.hasInfo(Session(id: id, record: known))
  }

  /// The user when the session was loaded or last kept, encoded, as long as it is known.
  private var knownUser: UnsafeRawBufferPointer? {
    get throws(StoreError) {
      guard let known else { return nil }
      return try Payload.field(Payload.user, in: known.storage.bytes)
    }
  }

  // MARK: Keeping

  private func keep(_ session: Session) throws(StoreError) {
    let now = manager.now
    // Who logged out and in again, in one request, is another user, too.
    let isSomebody = try session.field(Payload.user) != nil
    let isOther = try !areEqual(session.field(Payload.user), knownUser)
    keepAlive(known?.storage)
    let isAnotherUser = isOther || session.isUserChanged && isSomebody
    if isAnotherUser { try noteLogin(session, now: now) }
    let isRenewal = isAnotherUser || asksForRenewal
    let isCookieDue = try isCookieDue(session, isRenewal: isRenewal, now: now)
    let result: Outcome
    if session.isNew {
      try manager.repository.create(session)
      result = .created
    } else if isRenewal {
      result = try renew(session, isAnotherUser: isAnotherUser)
    } else {
      result = try save(session)
    }
    known = session.record
    session.isUserChanged = false
    asksForRenewal = false
    note(result)
    guard result != .gone, !session.isMoved else { return }
    if isCookieDue || announced?.id != session.id { try announce(session, now: now) }
  }

  /// The absolute lifetime begins anew.
  private func noteLogin(_ session: Session, now: Int64) throws(StoreError) {
    try session.setAuthenticated(session.field(Payload.user) == nil ? nil : now)
  }

  /// Whether the browser is to be given the id again. Notes it in a stored session whose cookie the
  /// browser keeps, so that others know how old that is.
  private func isCookieDue(
    _ session: Session, isRenewal: Bool, now: Int64
  ) throws(StoreError) -> Bool {
    guard !session.isNew else { return true }
    let policy = manager.policy
    let isPersistent = policy.isPersistent(session)
    let isDue =
      isRenewal || announced.map { $0.isPersistent != isPersistent } ?? true
      || policy.isCookieOld(of: session, now: now)
    if isDue, isPersistent { try session.setTime(Payload.renewed, to: now) }
    return isDue
  }

  /// Stores a session under a new id.
  private func renew(_ session: Session, isAnotherUser: Bool) throws(StoreError) -> Outcome {
    do throws(StoreError) {
      try manager.repository.renew(session)
      return .renewed
    } catch  where error.code == .gone {
      guard isAnotherUser, try session.field(Payload.user) != nil else { return try save(session) }
      // Who logs in gets a session all the same. But who was somebody may have been logged out by
      // force, unless it was another request of his that gave the session its new id.
      let wasSomebody = try knownUser != nil
      if wasSomebody, try !manager.repository.isRenewed(session) { return .gone }
      try session.beginAnew()
      try manager.repository.create(session)
      return .created
    }
  }

  /// Saves a session; one that was deleted stays so, also in a repository that resurrects.
  private func save(_ session: Session) throws(StoreError) -> Outcome {
    let isChanged = session.isChanged
    let policy = SavePolicy(manager.repository.policy.onConflict)
    do throws(StoreError) {
      try manager.repository.save(session, policy: policy)
      return isChanged ? .saved : .unchanged
    } catch  where error.code == .gone {
      return .gone
    }
  }

  /// A session that was made or renewed in this request stays so when it is saved once more.
  private func note(_ result: Outcome) {
    switch (outcome, result) {
    case (.created, .saved), (.created, .unchanged), (.renewed, .saved), (.renewed, .unchanged),
      (.saved, .unchanged):
      return
    default: outcome = result
    }
  }

  // MARK: Discarding

  /// Deletes a session that lost its information, unless somebody else put something into it.
  private func discard(_ session: Session) throws(StoreError) {
    for _ in 0..<Self.discardLimit {
      do throws(StoreError) {
        if try manager.repository.deleteUnchanged(session) {
          try session.beginAnew()
          outcome = .deleted
          known = nil
          return try revoke()
        }
      } catch  where error.code == .conflict {}
      // Somebody changed it, gave it a new id, or deleted it.
      if session.isChanged {
        note(try save(session))
      } else if try !manager.repository.refresh(session) {
        outcome = .gone
      }
      guard outcome != .gone, !session.isShutOut else { return }
      if try manager.policy.hasInfo(session) { return try keep(session) }
    }
    throw StoreError(.busy, "the session is changed without end by others")
  }

  // MARK: Cookies

  private func announce(_ session: Session, now: Int64) throws(StoreError) {
    guard let id = session.id else { return }
    let policy = manager.policy
    let lifetime = policy.cookieLifetime(of: session, now: now)
    let header = try SetCookie.header(policy.cookie, id, lifetime: lifetime, now: now)
    try header.append(byte: 0)
    setCookie = header
    announced = (id, policy.isPersistent(session))
  }

  /// Makes the browser forget its id.
  func revoke() throws(StoreError) {
    let header = try SetCookie.revocation(manager.policy.cookie)
    try header.append(byte: 0)
    setCookie = header
    announced = nil
  }
}
