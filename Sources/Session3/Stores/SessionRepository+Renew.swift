// SPDX-License-Identifier: MIT

/// New ids for stored sessions, and what becomes of copies that were loaded before.
extension SessionRepository {
  /// Gives a stored session a new id, and saves it: the old id dies, the attributes stay.
  ///
  /// What somebody else saved meanwhile is merged by the policy.
  /// - Parameters:
  ///   - session: one that was loaded or saved.
  ///   - policy: nil for the repository's.
  /// - Throws: `.gone` if it was deleted meanwhile; `.invalid` if it was never stored; what `save`
  ///   throws. On failure the session is as it was; after a sync that failed it has its new id.
  public func renew(_ session: Session, policy: SavePolicy? = nil) throws(StoreError) {
    guard let id = session.id, let base = session.record else {
      throw StoreError(.invalid, "the session was never stored").during("renew")
    }
    // Nothing that is gone comes back under a new id.
    let policy = SavePolicy((policy ?? self.policy).onConflict)
    do throws(StoreError) {
      let new = try SessionID.generate()
      var stored: Record?
      renewals.begin(base.incarnation)
      do throws(StoreError) {
        let isMoved = try store.move(id, to: new) { (found) throws(StoreError) in
          let record = try reconciled(session, id: new, base: base, found: found, policy: policy)
          stored = record
          return record
        }
        guard isMoved, let stored else { throw Self.gone }
        arrive(session, at: new, stored)
      } catch {
        // It may be done all the same, and only not synced.
        if let stored, (try? store.has(new)) == true, (try? store.has(id)) == false {
          arrive(session, at: new, stored)
        } else {
          renewals.end(base.incarnation, at: nil)
        }
        throw error
      }
    } catch {
      throw failed("renew", id, error)
    }
  }

  private func arrive(_ session: Session, at id: SessionID, _ stored: Record) {
    renewals.end(stored.incarnation, at: id)
    session.id = id
    session.isMoved = false
    store.monitor.renewals.add()
    adopt(stored, by: session)
  }

  // MARK: Copies that were loaded before

  /// Does something where a session is now that was given another id by another copy.
  ///
  /// `body`: answers false if there is no session of the id it gets.
  ///
  /// - Returns: false if the session was not given another id, or is deleted.
  func whereRenewed(
    _ incarnation: UInt64, from id: SessionID, _ body: (SessionID) throws(StoreError) -> Bool
  ) throws(StoreError) -> Bool {
    var wait = LockWait(upTo: casPatience)
    repeat {
      guard let known = renewals.whereabouts(of: incarnation) else { return false }
      if let new = known.id, new != id, try body(new) { return true }
      // Or it is on its way to another, or has gone there since.
      let now = renewals.whereabouts(of: incarnation)
      if !known.isMoving, now?.isMoving == false, now?.id == known.id { return false }
    } while wait.next()
    return false
  }

  /// Whether a session is stored under an id that another copy gave it.
  func isRenewed(_ session: Session) throws(StoreError) -> Bool {
    guard let id = session.id, let base = session.record else { return false }
    return try whereRenewed(base.incarnation, from: id) { (new) throws(StoreError) in try has(new) }
  }

  /// Deletes a session, also where another copy gave it a new id: a logout.
  /// - Returns: false if there was none.
  @discardableResult
  func delete(_ id: SessionID, of incarnation: UInt64) throws(StoreError) -> Bool {
    if try delete(id) { return true }
    return try whereRenewed(incarnation, from: id) { (new) throws(StoreError) in try delete(new) }
  }

  /// Whether the same user is logged in in two states of a session.
  private static func isLoggedIn(
    _ one: Record, andIn other: Record
  ) throws(StoreError) -> Bool {
    guard try Payload.field(Payload.user, in: one.storage.bytes) != nil else { return false }
    return try Payload.haveSameUser(one.storage.bytes, other.storage.bytes)
  }

  /// Loads an unchanged session anew, also where another copy gave it a new id.
  /// - Returns: false if it is there no more, or somebody else logged in with that.
  func refresh(_ session: Session) throws(StoreError) -> Bool {
    guard let id = session.id, let base = session.record else { return false }
    if let found = try record(id) {
      guard found.incarnation == base.incarnation else { return false }
      session.adopt(found)
      return true
    }
    return try whereRenewed(base.incarnation, from: id) { (new) throws(StoreError) in
      guard let found = try record(new), found.incarnation == base.incarnation,
        try Self.isLoggedIn(base, andIn: found)
      else { return false }
      session.isMoved = true
      session.adopt(found)
      return true
    }
  }

  /// Saves a changed copy of a session that another copy gave a new id.
  ///
  /// Where that is not of the same logged-in user, it may be in other hands, of whoever planted the
  /// id: its attributes arrive, as they would have before, nothing else of it counts, and it is told
  /// nothing.
  /// - Returns: false if there is no such session.
  func follow(
    _ session: Session, from id: SessionID, base: Record, policy: SavePolicy
  ) throws(StoreError) -> Bool {
    try whereRenewed(base.incarnation, from: id) { (new) throws(StoreError) in
      var stored: Record?
      do throws(StoreError) {
        try store.update(new) { (found) throws(StoreError) in
          guard let found else { throw Self.gone }
          if try Self.isLoggedIn(base, andIn: found) {
            let record = try reconciled(session, id: new, base: base, found: found, policy: policy)
            stored = record
            return .store(record)
          }
          stored = nil
          return .store(try withAttributes(of: session, id: new, base: base, found: found, policy))
        }
      } catch  where error.code == .gone {
        return false
      }
      session.isMoved = true
      store.monitor.saves.add()
      if let stored { adopt(stored, by: session) } else { session.shutOut() }
      return true
    }
  }

  /// What is stored, with the attributes that a copy changed.
  private func withAttributes(
    of session: Session, id: SessionID, base: Record, found: Record, _ policy: SavePolicy
  ) throws(StoreError) -> Record {
    guard found.incarnation == base.incarnation else { throw Self.gone }
    store.monitor.conflicts.add()
    guard policy.onConflict != .fail else {
      throw StoreError(.conflict, "the session was changed meanwhile")
    }
    let ours = try Payload.attributes(
      of: session.sealableStorage().bytes, in: base.storage.bytes)
    let merged = try Payload.merge(
      base: base.storage.bytes, theirs: found.storage.bytes, ours: ours.bytes)
    keepAlive(ours)
    store.monitor.merges.add()
    return try seal(merged, session, for: id, version: .next(found))
  }
}
