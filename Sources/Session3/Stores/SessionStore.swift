// SPDX-License-Identifier: MIT

/// Where records live: a few verbs with compare-and-swap. All that users know of sessions (merging,
/// counters, tokens, iteration) stands on these, in `SessionRepository`, and so works on every
/// store.
///
/// A store of a host's own needs `read`, `create`, `write`, `remove`, `touch`, `ids`, `monitor` and
/// `isMultiprocessSafe`; all else is there. What it can't do it throws as
/// `StoreError(_:detail:systemErrno:)`.
///
/// All verbs may be called from any thread at the same time, and no lock of the library's is held.
public protocol SessionStore: AnyObject, Sendable {
  /// Whether several processes may use what the store stores into.
  var isMultiprocessSafe: Bool { get }
  /// Whether several threads may use the store at once; true unless said otherwise.
  var isThreadSafe: Bool { get }

  /// The record of an id; nil if there is none.
  /// - Parameter id: of a session.
  /// - Returns: what was stored last, or nil.
  /// - Throws: where it can't be told, or the record can't be read.
  func read(_ id: SessionID) throws(StoreError) -> Record?

  /// Stores a record under an id that has none.
  /// - Parameters:
  ///   - id: of the session.
  ///   - record: to be kept as it is.
  /// - Returns: false, and nothing is stored, if there is one.
  /// - Throws: where nothing was stored.
  func create(_ id: SessionID, _ record: Record) throws(StoreError) -> Bool

  /// Stores a record in the place of one of a version, in one step: of all who expect a version, one
  /// writes.
  /// - Parameters:
  ///   - id: of the session.
  ///   - record: to be kept as it is.
  ///   - expecting: what must be stored.
  /// - Returns: whether it was, or what was found instead.
  /// - Throws: where nothing was stored.
  func write(
    _ id: SessionID, _ record: Record, expecting: RecordVersion
  ) throws(StoreError) -> WriteOutcome

  /// Stores a record in the place of one of a version; where there is another, does with it what
  /// `body` says, with no save of another in between. By `write` alone unless said otherwise.
  /// - Parameters:
  ///   - id: of the session.
  ///   - record: to be kept as it is.
  ///   - expecting: what must be stored.
  ///   - body: may be called again with another record, and must not use the store. Once it was
  ///     called, what it said last is what is done.
  /// - Returns: false if there is no record.
  /// - Throws: what `body` throws; where nothing was stored.
  func write(
    _ id: SessionID, _ record: Record, expecting: RecordVersion,
    otherwise body: (Record) throws(StoreError) -> Update
  ) throws(StoreError) -> Bool

  /// Removes a record, in one step.
  /// - Parameters:
  ///   - id: of the session.
  ///   - expecting: what must be stored; nil: whatever it is.
  /// - Returns: whether it was, or why not.
  /// - Throws: where it is still there.
  func remove(_ id: SessionID, expecting: RecordVersion?) throws(StoreError) -> RemoveOutcome

  /// Sets the access time of a record, and nothing else of it.
  /// - Parameters:
  ///   - id: of the session.
  ///   - time: in microseconds since 1970 UTC; nil: now, by the store's clock.
  /// - Returns: false if there is no record.
  /// - Throws: where nothing was set.
  func touch(_ id: SessionID, at time: Int64?) throws(StoreError) -> Bool

  /// Whether there is a record; may be true where `read` finds it damaged. By `read` unless said
  /// otherwise.
  /// - Parameter id: of a session.
  /// - Returns: whether there is one.
  /// - Throws: where it can't be told.
  func has(_ id: SessionID) throws(StoreError) -> Bool

  /// Reads a record, and does with it what `body` says, with no save of another in between. By
  /// compare-and-swap unless said otherwise, tried for 5 seconds against others.
  /// - Parameters:
  ///   - id: of a session.
  ///   - body: gets the record, or nil if there is none. It may be called again with another record,
  ///     and must not use the store.
  /// - Throws: what `body` throws; `.busy`; where nothing was stored.
  func update(
    _ id: SessionID, _ body: (Record?) throws(StoreError) -> Update
  ) throws(StoreError)

  /// Puts a record under another id, changed by `body`, with no save of another in between. Whoever
  /// is killed in the midst leaves the old record as it was. By `create` and `remove` unless said
  /// otherwise.
  /// - Parameters:
  ///   - id: of the session.
  ///   - new: an id that nobody knows yet.
  ///   - body: answers the record to store. It may be called again with another record, and must not
  ///     use the store.
  /// - Returns: false, and nothing is stored, if there is no record.
  /// - Throws: what `body` throws; `.busy`; where the record is as it was.
  func move(
    _ id: SessionID, to new: SessionID, _ body: (Record) throws(StoreError) -> Record
  ) throws(StoreError) -> Bool

  /// Removes the records that were not in use for longer than an age. By `ids`, `read` and `remove`
  /// unless said otherwise.
  /// - Parameters:
  ///   - age: in microseconds, 0 or more.
  ///   - result: counts what was removed, and what remains, also where it fails for some.
  /// - Throws: the first failure, after the others were removed.
  func sweep(olderThan age: Int64, into result: inout SweepResult) throws(StoreError)

  /// The ids of all records, in any order. One that exists all the while is among them once; one that
  /// comes or goes meanwhile may be.
  /// - Returns: a walk of its own; `SessionIDArray` has them collected.
  /// - Throws: where it can't begin.
  func ids() throws(StoreError) -> any SessionIDSequence

  /// Prepares what the store stores into; may be called at any time. Nothing unless said otherwise.
  /// - Throws: where it is not ready.
  func setup() throws(StoreError)

  /// Names a session for errors and logs, never by its id: the store, and a short hash.
  /// - Parameter id: nil for the store alone.
  /// - Returns: one line.
  func place(of id: SessionID?) -> String

  /// A keyed hash of any bytes, for names in logs: nobody can tell an id from it.
  /// - Parameter bytes: an id, mostly.
  /// - Returns: 48 bits.
  func shortHash(_ bytes: UnsafeRawBufferPointer) -> UInt64

  /// Where the store takes the time from; the system's clock unless said otherwise.
  var clock: StoreClock { get }

  /// Counts what happens in the store, and tells its log: one object for each store.
  var monitor: StoreMonitor { get }

  /// What a returned save survives; `.off` unless said otherwise.
  var sync: SyncMode { get }

  /// The largest payload of one session, in bytes; 1 MiB unless said otherwise.
  var maximumPayload: Int { get }
}

/// What became of a write that expected a version.
public enum WriteOutcome: Sendable {
  /// The record is stored.
  case written
  /// Another version is stored, this one.
  case conflict(Record)
  /// No record is stored.
  case missing
}

/// What became of a removal.
public enum RemoveOutcome: Sendable {
  /// The record is gone.
  case removed
  /// There was none.
  case missing
  /// Another version is stored than was expected.
  case conflict
}

/// What `update` is to do with the record that was found.
public enum Update: Sendable {
  /// Store nothing.
  case leave
  /// Store this one in its place; where none was found, create it.
  case store(Record)
}

/// - Throws: `.invalid` for what no session could be stored within, or no length could be told of.
func checkMaximumPayload(_ bytes: Int) throws(StoreError) {
  guard 1...(1 << 30) ~= bytes else {
    throw StoreError(.invalid, "the maximum payload is not within 1 byte and 1 GiB")
  }
}

/// How long a change by compare-and-swap is tried against others before the session is called busy,
/// in microseconds.
let casPatience: Int64 = 5_000_000

/// Ids, one after another. One thread at a time.
public protocol SessionIDSequence: AnyObject {
  /// The next id; nil after the last.
  /// - Returns: an id, or nil.
  /// - Throws: where the walk can't go on; who calls again goes on past that, or is at the end.
  func next() throws(StoreError) -> SessionID?
}

extension SessionStore {
  /// `update` for a store that knows compare-and-swap alone.
  public func update(
    _ id: SessionID, _ body: (Record?) throws(StoreError) -> Update
  ) throws(StoreError) {
    try update(id, from: try read(id), body)
  }

  /// `seen`: what was stored a moment ago.
  private func update(
    _ id: SessionID, from seen: Record?, _ body: (Record?) throws(StoreError) -> Update
  ) throws(StoreError) {
    var found = seen
    var wait = LockWait(upTo: casPatience)
    repeat {
      guard case .store(let record) = try body(found) else { return }
      guard let version = found?.version else {
        if try create(id, record) { return }
        found = try read(id)
        continue
      }
      switch try write(id, record, expecting: version) {
      case .written: return
      case .conflict(let other): found = other
      case .missing: found = nil
      }
    } while wait.next()
    throw StoreError(.busy, "the session is changed without end by others")
  }

  /// Writing, and what is done otherwise, for a store that knows compare-and-swap alone.
  public func write(
    _ id: SessionID, _ record: Record, expecting: RecordVersion,
    otherwise body: (Record) throws(StoreError) -> Update
  ) throws(StoreError) -> Bool {
    let other: Record
    switch try write(id, record, expecting: expecting) {
    case .written: return true
    case .missing: return false
    case .conflict(let found): other = found
    }
    var isThere = true
    try update(id, from: other) { (found) throws(StoreError) in
      isThere = found != nil
      guard let found else { return .leave }
      return try body(found)
    }
    return isThere
  }

  /// `move` for a store that knows compare-and-swap alone.
  public func move(
    _ id: SessionID, to new: SessionID, _ body: (Record) throws(StoreError) -> Record
  ) throws(StoreError) -> Bool {
    var wait = LockWait(upTo: casPatience)
    repeat {
      guard let found = try read(id) else { return false }
      guard try create(new, body(found)) else { throw StoreError(.exists, "the new id is taken") }
      let outcome: RemoveOutcome
      do throws(StoreError) { outcome = try remove(id, expecting: found.version) } catch {
        return try settle(id, new, after: error)
      }
      if outcome == .removed { return true }
      abandon(new)
      if outcome == .missing { return false }
    } while wait.next()
    throw StoreError(.busy, "the session is changed without end by others")
  }

  /// Finds out whether a removal was made that was told to have failed.
  private func settle(
    _ id: SessionID, _ new: SessionID, after failure: StoreError
  ) throws(StoreError) -> Bool {
    let isOldThere: Bool
    do throws(StoreError) { isOldThere = try has(id) } catch {
      // One of the two is there, and both may be.
      throw failure
    }
    guard isOldThere else { return true }
    abandon(new)
    throw failure
  }

  /// Removes a record whose id nobody was told. Where that fails it is of no use to anybody, and a
  /// sweep takes it.
  private func abandon(_ id: SessionID) {
    _ = try? remove(id, expecting: nil)
  }

  /// Of a store that knows nothing of disks.
  public var sync: SyncMode { .off }

  /// `has` for a store that has no cheaper way.
  public func has(_ id: SessionID) throws(StoreError) -> Bool {
    try read(id) != nil
  }

  /// `sweep` for a store that has no cheaper way.
  public func sweep(
    olderThan limit: Int64, into result: inout SweepResult
  ) throws(StoreError) {
    var failure: StoreError?
    let now = clock.now()
    let ids = try ids()
    while let id = try ids.next() {
      do throws(StoreError) {
        guard let record = try read(id) else { continue }
        let idle = SweepAge.idle(accessed: record.accessed, created: record.created, now: now)
        if idle > limit, try remove(id, expecting: record.version) == .removed {
          result.deleted += 1
          continue
        }
        result.remaining += 1
        if SweepAge.isMistaken(record.accessed, now: now) { _ = try touch(id, at: now) }
      } catch {
        failure = failure ?? error.during("sweep", at: place(of: id))
        result.remaining += 1
      }
    }
    if let failure { throw failure }
  }
}
