// SPDX-License-Identifier: MIT

/// Walking all sessions, and what is done to many of them.
extension SessionRepository {
  /// Deletes the sessions that were not in use for longer than an age, and what crashed processes
  /// left behind.
  ///
  /// `age` is in microseconds, 0 or more. The first failure is thrown after the others were deleted,
  /// and counted in `result`.
  func sweep(olderThan age: Int64, into result: inout SweepResult) throws(StoreError) {
    guard age >= 0 else {
      throw failed("sweep", nil, StoreError(.invalid, "a negative age"))
    }
    defer {
      store.monitor.sweeps.add()
      store.monitor.swept.add(result.deleted)
      tell("sweep", deleted: result.deleted, remaining: result.remaining)
    }
    do throws(StoreError) {
      try store.sweep(olderThan: age, into: &result)
    } catch {
      throw failed("sweep", nil, error)
    }
  }

  /// An age as a sweep takes it, of minutes, as Session3 has them.
  static func microseconds(minutes: Double) throws(StoreError) -> Int64 {
    let age = minutes * 60_000_000
    // Also false for NaN. Beyond an Int64, which is 292,000 years, nothing is old.
    guard minutes >= 0 else {
      throw StoreError(.invalid, "minutes are no number from 0 on").during("sweep")
    }
    return age < 0x1p63 ? Int64(age) : Int64.max
  }

  /// Deletes the sessions of a user.
  /// - Parameters:
  ///   - user: encoded, in canonical form.
  ///   - spared: those that stay.
  ///   - deleted: counts those that were deleted.
  /// - Throws: the first failure, after the others were deleted.
  @inline(never)
  func deleteSessions(
    ofUser user: UnsafeRawBufferPointer, sparing spared: SparedSessions,
    deleted: inout UInt64
  ) throws(StoreError) {
    // Twice, and until a walk finds nothing: one that goes on while others log in, or while a file
    // that grows changes its place in the directory, may pass over a session.
    var failure: StoreError?
    var walks = 0
    var before: UInt64
    repeat {
      before = deleted
      walks += 1
      // What a walk could not delete another may; what was not synced none finds again.
      if failure?.isOfSync != true { failure = nil }
      do throws(StoreError) {
        try deleteSessionsOnce(ofUser: user, sparing: spared, deleted: &deleted)
      } catch {
        failure = failure ?? error
      }
    } while deleted > before || walks < 2
    tell("delete sessions of a user", deleted: deleted)
    guard let failure else { return }
    store.monitor.note(failure)
    throw failure
  }

  /// Tells the log what was done to many sessions.
  @inline(never)
  private func tell(_ operation: StaticString, deleted: UInt64, remaining: UInt64? = nil) {
    store.monitor.log?.tell(.info, operation, at: store.place(of: nil)) { message in
      message.appendNumber(deleted)
      message.append(" deleted")
      guard let remaining else { return }
      message.append(", ")
      message.appendNumber(remaining)
      message.append(" remain")
    }
  }

  @inline(never)
  private func deleteSessionsOnce(
    ofUser user: UnsafeRawBufferPointer, sparing spared: SparedSessions,
    deleted: inout UInt64
  ) throws(StoreError) {
    var failure: StoreError?
    do throws(StoreError) {
      let ids = try store.ids()
      while let id = try ids.next() {
        do throws(StoreError) {
          if try delete(id, ifOfUser: user, sparing: spared) { deleted += 1 }
        } catch {
          if error.isOfSync { deleted += 1 }
          // What may be mended by trying again tells more than what can't be read, and a lost sync
          // more than either.
          if failure?.isUnreadable ?? true || error.isOfSync && failure?.isOfSync != true {
            failure = error.during("delete sessions of a user", at: store.place(of: id))
          }
        }
      }
    } catch {
      throw error.during("delete sessions of a user", at: store.place(of: nil))
    }
    if let failure { throw failure }
  }

  @inline(never)
  private func delete(
    _ id: SessionID, ifOfUser user: UnsafeRawBufferPointer,
    sparing spared: SparedSessions
  ) throws(StoreError) -> Bool {
    var wait = LockWait(upTo: casPatience)
    repeat {
      guard let record = try store.read(id),
        let field = try Payload.field(Payload.user, in: record.storage.bytes)
      else { return false }
      let isTheirs = areEqual(field, user)
      keepAlive(record.storage)
      guard isTheirs, !spared.contains(id, record) else { return false }
      switch try remove(id, expecting: record.version) {
      case .removed: return true
      case .missing: return false
      case .conflict: break
      }
    } while wait.next()
    throw StoreError(.busy, "the session is changed without end by others")
  }

  /// Starts walking all sessions, in no order.
  /// - Returns: a walk of its own.
  /// - Throws: `.io`; `.noMemory`.
  public func sessions() throws(StoreError) -> SessionIterator {
    do throws(StoreError) {
      return SessionIterator(self, try store.ids())
    } catch {
      throw failed("iterate", nil, error)
    }
  }
}

/// Which sessions of a user stay logged in when the others are deleted.
struct SparedSessions {
  /// The one of an id.
  var id: SessionID?
  /// Those that had these beginnings, whatever their ids are now.
  var incarnations: (UInt64?, UInt64?)

  func contains(_ id: SessionID, _ record: Record) -> Bool {
    id == self.id || record.incarnation == incarnations.0 || record.incarnation == incarnations.1
  }
}

/// A walk over all sessions of a store. A session that exists all the while is seen once; one that
/// comes or goes meanwhile may be seen or not.
///
/// It belongs to one task or thread at a time.
public final class SessionIterator {
  private let repository: SessionRepository
  private let ids: any SessionIDSequence
  /// The id at which `next` stopped, also where the session could not be read; nil before the first
  /// and after the last.
  public private(set) var id: SessionID?

  init(_ repository: SessionRepository, _ ids: any SessionIDSequence) {
    self.repository = repository
    self.ids = ids
  }

  /// The next session; nil after the last.
  /// - Returns: a session, or nil.
  /// - Throws: where a session can't be read; the next call goes on past it.
  public func next() throws(StoreError) -> Session? {
    while let id = try nextID() {
      if let session = try repository.load(id) { return session }
    }
    return nil
  }

  /// The next id, without reading its session; nil after the last.
  /// - Returns: an id, or nil.
  /// - Throws: where the store can't go on.
  public func nextID() throws(StoreError) -> SessionID? {
    do throws(StoreError) {
      id = try ids.next()
      return id
    } catch {
      id = nil
      throw repository.failed("iterate", nil, error)
    }
  }
}

@available(*, unavailable, message: "a walk belongs to one task at a time")
extension SessionIterator: Sendable {}
