// SPDX-License-Identifier: MIT

/// Sessions in a store: loading, saving, deleting them, and all that stands on the store's verbs.
///
/// May be used from any task and thread at the same time, and in a child after fork(2). Its calls
/// block: for microseconds, or where somebody else holds a session's lock, up to the store's timeout.
public final class SessionRepository: Sendable {
  /// The records.
  public let store: any SessionStore
  /// What a save does that names no policy.
  public let policy: SavePolicy
  /// A save that changes nothing renews the access time if that is older than this, in microseconds.
  let resolution: Int64
  let renewals: Renewals

  /// Sessions in `store`.
  ///
  /// `resolution`: of access times, in microseconds.
  init(
    _ store: any SessionStore, policy: SavePolicy, resolution: Int64,
    renewals: Renewals = Renewals()
  ) {
    self.store = store
    self.policy = policy
    self.resolution = resolution
    self.renewals = renewals
  }

  /// The same sessions, with another resolution of access times; nil for the same.
  func with(resolution: Int64?) -> SessionRepository {
    guard let resolution else { return self }
    return SessionRepository(
      store, policy: policy, resolution: resolution, renewals: renewals)
  }

  // MARK: One session

  /// Loads a session.
  /// - Parameter id: of any session.
  /// - Returns: a copy of its own; nil if there is none.
  /// - Throws: `.corrupt`, `.format` or `.tooLarge` for one that can't be read, and is left as it is;
  ///   `.busy`; `.io`; `.noMemory`.
  public func load(_ id: SessionID) throws(StoreError) -> Session? {
    try record(id).map { Session(id: id, record: $0) }
  }

  /// Loads what a store keeps of a session.
  func record(_ id: SessionID) throws(StoreError) -> Record? {
    store.monitor.loads.add()
    do throws(StoreError) {
      let record = try store.read(id)
      if let record {
        store.monitor.hits.add()
        store.monitor.bytesRead.add(UInt64(record.storage.count))
      } else {
        store.monitor.misses.add()
      }
      return record
    } catch {
      throw failed("load", id, error)
    }
  }

  /// Deletes a session, whoever changed it meanwhile: a logout.
  /// - Parameter id: of any session.
  /// - Returns: false if there was none.
  /// - Throws: `.corrupt` for a file that is not a session's; `.format`; `.busy`; `.io`.
  @discardableResult
  public func delete(_ id: SessionID) throws(StoreError) -> Bool {
    do throws(StoreError) {
      return try remove(id, expecting: nil) == .removed
    } catch {
      throw failed("delete", id, error)
    }
  }

  /// Deletes a session only if it is stored as it was loaded.
  /// - Parameter session: one that was loaded or saved.
  /// - Returns: false if there was none.
  /// - Throws: `.conflict` if somebody changed it; `.invalid` if it was never stored; what `delete`
  ///   throws.
  @discardableResult
  public func deleteUnchanged(_ session: Session) throws(StoreError) -> Bool {
    guard let id = session.id, let record = session.record else {
      throw StoreError(.invalid, "the session was never stored").during("delete")
    }
    do throws(StoreError) {
      var outcome = try remove(id, expecting: record.version)
      if outcome == .missing, session.isMoved {
        _ = try whereRenewed(record.incarnation, from: id) { (new) throws(StoreError) in
          outcome = try remove(new, expecting: record.version)
          return outcome != .missing
        }
      }
      switch outcome {
      case .removed: return true
      case .missing: return false
      case .conflict: throw StoreError(.conflict, "the session was changed meanwhile")
      }
    } catch {
      throw failed("delete", id, error)
    }
  }

  /// Removes a session, and counts it, also where all but the sync was done.
  func remove(_ id: SessionID, expecting: RecordVersion?) throws(StoreError) -> RemoveOutcome {
    do throws(StoreError) {
      let outcome = try store.remove(id, expecting: expecting)
      if outcome == .removed { store.monitor.deletes.add() }
      return outcome
    } catch {
      if error.isOfSync { store.monitor.deletes.add() }
      throw error
    }
  }

  /// Whether there is a session; may be true where `load` finds it damaged.
  /// - Parameter id: of any session.
  /// - Returns: whether there is one.
  /// - Throws: `.io`.
  public func has(_ id: SessionID) throws(StoreError) -> Bool {
    do throws(StoreError) {
      return try store.has(id)
    } catch {
      throw failed("has", id, error)
    }
  }

  /// Sets a session's access time.
  /// - Parameters:
  ///   - id: of a stored session.
  ///   - time: in microseconds since 1970 UTC; nil for the present.
  /// - Throws: `.gone` if there is no such session; `.io`.
  public func touch(_ id: SessionID, at time: Int64? = nil) throws(StoreError) {
    do throws(StoreError) {
      guard try store.touch(id, at: time) else { throw Self.gone }
      store.monitor.touches.add()
    } catch {
      throw failed("touch", id, error)
    }
  }

  /// Prepares what the store stores into; may be called at any time. A directory that was made by
  /// hand is told not to copy on write (btrfs), and gets the store's own file if that is lost.
  /// - Throws: `.io`.
  public func setup() throws(StoreError) {
    do throws(StoreError) { try store.setup() } catch {
      throw failed("setup", nil, error)
    }
  }

  static var gone: StoreError { StoreError(.gone, "the session does not exist any more") }

  /// Says of a failure during which operation it came, and where, and notes it.
  @inline(never)
  func failed(_ operation: StaticString, _ id: SessionID?, _ error: StoreError) -> StoreError {
    let failure = error.during(operation, at: store.place(of: id))
    store.monitor.note(failure)
    return failure
  }
}
