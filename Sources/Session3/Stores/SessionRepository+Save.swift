// SPDX-License-Identifier: MIT

extension SessionRepository {
  /// Saves a session. Afterwards it holds what is stored, also what a merge brought in.
  ///
  /// One that was loaded or saved before is written if it changed, and merged where the stored one
  /// moved on; if it was deleted meanwhile, `.gone` is thrown. A new one replaces what is stored
  /// under its id.
  /// - Parameters:
  ///   - session: one with an id.
  ///   - policy: nil for the repository's.
  /// - Throws: `.gone`; `.conflict` by the policy `fail`; `.invalid` without an id; `.tooLarge`;
  ///   `.corrupt` where what is stored is damaged; `.format`; `.busy`; `.io`; `.noMemory`. On failure
  ///   the session is as it was; after `.io` from a sync it may be stored.
  public func save(_ session: Session, policy: SavePolicy? = nil) throws(StoreError) {
    guard let id = session.id else {
      throw StoreError(.invalid, "the session has no id").during("save")
    }
    do throws(StoreError) {
      guard let base = session.record else {
        return try replace(id, by: session)
      }
      let policy = policy ?? self.policy
      if session.isChanged {
        try write(session, id: id, base: base, policy: policy)
      } else {
        try renewAccess(session, id: id, policy: policy)
      }
    } catch {
      throw failed("save", id, error)
    }
  }

  /// Saves a new session, and only if there is none of its id; one without an id gets a fresh one.
  /// - Parameter session: one that was neither loaded nor saved.
  /// - Throws: `.exists`; `.invalid` for one that is stored already; or the failures of `save`.
  public func create(_ session: Session) throws(StoreError) {
    do throws(StoreError) {
      guard session.isNew else { throw StoreError(.invalid, "the session is stored already") }
      let id = if let id = session.id { id } else { try SessionID.generate() }
      let record = try seal(session, for: id, version: .first)
      guard try store.create(id, record) else {
        throw StoreError(.exists, "a session of this id exists")
      }
      store.monitor.creates.add()
      session.id = id
      adopt(record, by: session)
    } catch {
      throw failed("create", session.id, error)
    }
  }

  /// Notes what is stored now.
  func adopt(_ record: Record, by session: Session) {
    store.monitor.bytesWritten.add(UInt64(record.storage.count))
    session.adopt(record)
  }

  /// How the head of a record goes on from another's.
  enum Version {
    case first
    /// The next one of the same session.
    case next(Record)
    /// Another session in the place of this one.
    case anew(Record)
  }

  /// The session's payload as a record.
  private func seal(
    _ session: Session, for id: SessionID, version: Version
  ) throws(StoreError) -> Record {
    try seal(try session.sealableStorage(), session, for: id, version: version)
  }

  func seal(
    _ storage: ByteBuffer, _ session: Session, for id: SessionID, version: Version
  ) throws(StoreError) -> Record {
    guard storage.count - Record.headSize <= store.maximumPayload else {
      throw StoreError(.tooLarge, "the payload is larger than the store's maximum")
    }
    let now = store.clock.now()
    let created =
      session.isNew && store.clock.isInjected && !session.isBirthGiven ? now : session.created
    let revision: UInt64
    let incarnation: UInt64
    switch version {
    case .first: (revision, incarnation) = (1, try Randomness.unique())
    case .anew(let old): (revision, incarnation) = (old.revision &+ 1, try Randomness.unique())
    case .next(let old): (revision, incarnation) = (old.revision &+ 1, old.incarnation)
    }
    guard revision != 0 else { throw StoreError(.range, "the revision can't count further") }
    Record.seal(
      storage, for: id, revision: revision, created: created, incarnation: incarnation)
    return Record(sealed: storage, accessed: now)
  }

  /// Stores a new session in the place of whatever there is.
  private func replace(_ id: SessionID, by session: Session) throws(StoreError) {
    let fresh = try seal(session, for: id, version: .first)
    if try store.create(id, fresh) {
      store.monitor.creates.add()
      return adopt(fresh, by: session)
    }
    var stored: Record?
    try store.update(id) { (found) throws(StoreError) in
      let record = try seal(session, for: id, version: found.map { .anew($0) } ?? .first)
      stored = record
      return .store(record)
    }
    store.monitor.creates.add()
    if let stored { adopt(stored, by: session) }
  }

  /// Stores a changed session: at once where nobody else was there, else by the policy.
  private func write(
    _ session: Session, id: SessionID, base: Record, policy: SavePolicy
  ) throws(StoreError) {
    let plain = SavePolicy(policy.onConflict)
    var record = try seal(session, for: id, version: .next(base))
    do throws(StoreError) {
      let isThere = try store.write(id, record, expecting: base.version) {
        (found) throws(StoreError) in
        record = try reconciled(session, id: id, base: base, found: found, policy: plain)
        return .store(record)
      }
      if isThere {
        store.monitor.saves.add()
        return adopt(record, by: session)
      }
    } catch  where error.code == .gone {
      // Another session has the id.
    }
    if try follow(session, from: id, base: base, policy: plain) { return }
    guard policy.resurrects else { throw Self.gone }
    try reconcile(session, id: id, base: base, policy: policy)
  }

  /// Stores a changed session where the stored one is not what it was.
  private func reconcile(
    _ session: Session, id: SessionID, base: Record, policy: SavePolicy
  ) throws(StoreError) {
    var stored: Record?
    try store.update(id) { (found) throws(StoreError) in
      let record = try reconciled(session, id: id, base: base, found: found, policy: policy)
      stored = record
      return .store(record)
    }
    store.monitor.saves.add()
    if let stored { adopt(stored, by: session) }
  }

  /// The record that a save under `policy` stores in the place of `found`.
  func reconciled(
    _ session: Session, id: SessionID, base: Record, found: Record?, policy: SavePolicy
  ) throws(StoreError) -> Record {
    guard let found, found.incarnation == base.incarnation else {
      guard policy.resurrects else { throw Self.gone }
      return try seal(session, for: id, version: .anew(found ?? base))
    }
    guard found.version != base.version else {
      return try seal(session, for: id, version: .next(found))
    }
    store.monitor.conflicts.add()
    switch policy.onConflict {
    case .fail: throw StoreError(.conflict, "the session was changed meanwhile")
    case .overwrite:
      // Of the tokens those that were used stay used: each passes once.
      let ours = try Payload.overwrite(
        base: base.storage.bytes, theirs: found.storage.bytes,
        ours: try session.sealableStorage().bytes)
      return try seal(ours, session, for: id, version: .next(found))
    case .merge:
      let merged = try Payload.merge(
        base: base.storage.bytes, theirs: found.storage.bytes,
        ours: try session.sealableStorage().bytes)
      store.monitor.merges.add()
      return try seal(merged, session, for: id, version: .next(found))
    }
  }

  private func noteUnchanged(isTouched: Bool) {
    store.monitor.unchanged.add()
    if isTouched { store.monitor.touches.add() }
  }

  /// What a save does that changes nothing: it is a sign of use, and finds out about a logout.
  private func renewAccess(
    _ session: Session, id: SessionID, policy: SavePolicy
  ) throws(StoreError) {
    let now = store.clock.now()
    if age(from: session.accessed, to: now) > resolution || now < session.accessed {
      if try store.touch(id, at: nil) {
        noteUnchanged(isTouched: true)
        return session.noteAccess(at: now)
      }
    } else if try store.has(id) {
      return noteUnchanged(isTouched: false)
    }
    guard let base = session.record else { throw Self.gone }
    let isRenewed = try whereRenewed(base.incarnation, from: id) { (new) throws(StoreError) in
      try store.touch(new, at: nil)
    }
    if isRenewed {
      noteUnchanged(isTouched: true)
      session.isMoved = true
      return session.noteAccess(at: now)
    }
    guard policy.resurrects else { throw Self.gone }
    try reconcile(session, id: id, base: base, policy: policy)
  }
}
