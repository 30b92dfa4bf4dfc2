// SPDX-License-Identifier: MIT

/// New ids for stored sessions, and what becomes of copies that were loaded before.
extension SessionRepository {
  /// Gives a stored session a new id, and saves it: the old id dies, the attributes stay.
  ///
  /// What somebody else saved meanwhile is merged by the policy.
  ///
  /// `policy`: nil for the repository's.
  ///
  /// - Throws: `.gone` if it was deleted meanwhile. On failure the session is as it was; after a sync
  ///   that failed it has its new id.
  public func renew(_ session: Session, policy: SavePolicy? = nil) throws(StoreError) {
    guard let id = session.id, let base = session.record else {
      throw StoreError(.invalid, "the session was never stored").during("renew")
    }
    // Nothing that is gone comes back under a new id.
    let policy = SavePolicy((policy ?? self.policy).onConflict)
    var stored: Record?
    var new: SessionID?
    do throws(StoreError) {
      let fresh = try SessionID.generate()
      new = fresh
      let isMoved = try store.move(id, to: fresh) { (found) throws(StoreError) in
        let record = try reconciled(session, id: fresh, base: base, found: found, policy: policy)
        stored = record
        return record
      }
      guard isMoved, let stored else { throw Self.gone }
      note(session, base, isNow: fresh, stored)
    } catch {
      // It may be done all the same, and only not synced.
      if let new, let stored, (try? store.has(new)) == true, (try? store.has(id)) == false {
        note(session, base, isNow: new, stored)
      }
      throw error.during("renew", at: store.place(of: id))
    }
  }

  private func note(_ session: Session, _ base: Record, isNow id: SessionID, _ stored: Record) {
    renewals.note(base.incarnation, id)
    session.id = id
    session.isMoved = false
    session.adopt(stored)
  }

  /// The id that a session is stored under, which it isn't told itself where another copy renewed it.
  func storedID(of session: Session) -> SessionID? {
    guard let record = session.record else { return session.id }
    return renewals.id(of: record.incarnation) ?? session.id
  }

  /// Deletes a session, also where another copy gave it a new id: a logout.
  func deleteWhereverItIs(_ session: Session) throws(StoreError) {
    guard var id = session.id, try !delete(id) else { return }
    // It may move again meanwhile.
    while let new = storedID(of: session), new != id, try !delete(new) { id = new }
  }

  /// Saves a changed copy of a session that another copy gave a new id.
  ///
  /// Where somebody logged in with that, the copy may be in other hands: its attributes arrive, as
  /// they would have before the login, nothing else of it counts, and it is told nothing.
  func follow(
    _ session: Session, to new: SessionID, base: Record, policy: SavePolicy
  ) throws(StoreError) {
    let policy = SavePolicy(policy.onConflict)
    var stored: Record?
    try store.update(new) { (found) throws(StoreError) in
      guard let found else { throw Self.gone }
      if try Payload.haveSameUser(base.storage.bytes, found.storage.bytes) {
        let record = try reconciled(session, id: new, base: base, found: found, policy: policy)
        stored = record
        return .store(record)
      }
      stored = nil
      return .store(try withAttributes(of: session, id: new, base: base, found: found, policy))
    }
    session.isMoved = true
    if let stored { session.adopt(stored) } else { session.settle() }
  }

  /// What is stored, with the attributes that a copy changed.
  private func withAttributes(
    of session: Session, id: SessionID, base: Record, found: Record, _ policy: SavePolicy
  ) throws(StoreError) -> Record {
    guard found.incarnation == base.incarnation else { throw Self.gone }
    guard policy.onConflict != .fail else {
      throw StoreError(.conflict, "the session was changed meanwhile")
    }
    let ours = try Payload.attributes(
      of: session.sealableStorage().bytes, in: base.storage.bytes)
    let merged = try Payload.merge(
      base: base.storage.bytes, theirs: found.storage.bytes, ours: ours.bytes)
    keepAlive(ours)
    return try seal(merged, session, for: id, version: .next(found))
  }
}
