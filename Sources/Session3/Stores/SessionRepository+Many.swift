// SPDX-License-Identifier: MIT

/// Walking all sessions, and what is done to many of them.
extension SessionRepository {
  /// Deletes the sessions that were not in use for longer than an age, and what crashed processes
  /// left behind.
  /// - Parameter age: in microseconds, 0 or more.
  /// - Returns: how many sessions were deleted, and how many remain.
  /// - Throws: the first failure, after the others were deleted.
  public func sweep(olderThan age: Int64) throws(StoreError) -> SweepResult {
    var result = SweepResult()
    try sweep(olderThan: age, into: &result)
    return result
  }

  /// As `sweep(olderThan:)`, for who wants to know how far it came also where it fails.
  func sweep(olderThan age: Int64, into result: inout SweepResult) throws(StoreError) {
    do throws(StoreError) {
      guard age >= 0 else { throw StoreError(.invalid, "a negative age") }
      try store.sweep(olderThan: age, into: &result)
    } catch {
      throw error.during("sweep", at: store.place(of: nil))
    }
  }

  /// `sweep` by Session3's name and unit.
  /// - Parameter minutes: 0 or more.
  /// - Returns: how many sessions were deleted, and how many remain.
  /// - Throws: `.invalid` for what is no number from 0 on, or the first failure.
  public func deleteOldSessions(minutes: Double) throws(StoreError) -> SweepResult {
    try sweep(olderThan: Self.microseconds(minutes: minutes))
  }

  /// An age as a sweep takes it.
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
  ///   - isSpared: which of them stay.
  ///   - deleted: counts those that were deleted.
  /// - Throws: the first failure, after the others were deleted.
  func deleteSessions(
    ofUser user: UnsafeRawBufferPointer, unless isSpared: (SessionID, Record) -> Bool,
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
      failure = nil
      do throws(StoreError) {
        try deleteSessionsOnce(ofUser: user, unless: isSpared, deleted: &deleted)
      } catch {
        failure = error
      }
    } while deleted > before || walks < 2
    if let failure { throw failure }
  }

  private func deleteSessionsOnce(
    ofUser user: UnsafeRawBufferPointer, unless isSpared: (SessionID, Record) -> Bool,
    deleted: inout UInt64
  ) throws(StoreError) {
    var failure: StoreError?
    do throws(StoreError) {
      let ids = try store.ids()
      while let id = try ids.next() {
        do throws(StoreError) {
          if try delete(id, ifOfUser: user, unless: isSpared) { deleted += 1 }
        } catch {
          // What may be mended by trying again tells more than what can't be read.
          if failure?.isUnreadable ?? true {
            failure = error.during("delete sessions of a user", at: store.place(of: id))
          }
        }
      }
    } catch {
      throw error.during("delete sessions of a user", at: store.place(of: nil))
    }
    if let failure { throw failure }
  }

  private func delete(
    _ id: SessionID, ifOfUser user: UnsafeRawBufferPointer,
    unless isSpared: (SessionID, Record) -> Bool
  ) throws(StoreError) -> Bool {
    var wait = LockWait(deadline: LockWait.deadline(after: casPatience))
    repeat {
      guard let record = try store.read(id),
        let field = try Payload.field(Payload.user, in: record.storage.bytes)
      else { return false }
      let isTheirs = areEqual(field, user)
      keepAlive(record.storage)
      guard isTheirs, !isSpared(id, record) else { return false }
      switch try store.remove(id, expecting: record.version) {
      case .removed: return true
      case .missing: return false
      case .conflict: break
      }
    } while wait.next()
    throw StoreError(.busy, "the session is changed without end by others")
  }

  /// Starts walking all sessions, in no order.
  public func sessions() throws(StoreError) -> SessionIterator {
    do throws(StoreError) {
      return SessionIterator(self, try store.ids())
    } catch {
      throw error.during("iterate", at: store.place(of: nil))
    }
  }
}

/// A walk over all sessions of a store. A session that exists all the while is seen once; one that
/// comes or goes meanwhile may be seen or not.
///
/// One thread at a time.
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
  /// - Throws: where a session can't be read; the next call goes on past it.
  public func next() throws(StoreError) -> Session? {
    while let id = try nextID() {
      if let session = try repository.load(id) { return session }
    }
    return nil
  }

  /// The next id, without reading its session; nil after the last.
  public func nextID() throws(StoreError) -> SessionID? {
    do throws(StoreError) {
      id = try ids.next()
      return id
    } catch {
      id = nil
      throw error.during("iterate", at: repository.store.place(of: nil))
    }
  }
}
