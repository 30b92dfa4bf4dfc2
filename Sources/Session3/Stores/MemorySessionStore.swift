// SPDX-License-Identifier: MIT
internal import CSession3System

/// Sessions in this process' memory: Session3's VolatileSessionStore, for tests and tools.
///
/// A child of fork(2) has a copy of its own.
public final class MemorySessionStore: SessionStore, @unchecked Sendable {
  // What is stored is of this process alone, so whichever process uses it, none other does.
  public let isMultiprocessSafe = false
  public let isThreadSafe = true
  public let clock: StoreClock
  public let maximumPayload: Int
  public let monitor: StoreMonitor

  private let mutex: OpaquePointer
  private var records: [SessionID: Record] = [:]
  private let salt: (UInt64, UInt64)

  /// An empty store.
  /// - Parameters:
  ///   - maximumPayload: of one session, in bytes.
  ///   - clock: where the time comes from.
  ///   - log: where messages go; nil for nowhere.
  /// - Throws: `.invalid` for a maximum that is not within 1 byte and 1 GiB; `.noMemory`; `.io` if
  ///   the system gives no random bytes.
  public convenience init(
    maximumPayload: Int = 1 << 20, clock: StoreClock = .system, log: StoreLog? = nil
  ) throws(StoreError) {
    try checkMaximumPayload(maximumPayload)
    let (mutex, salt) = try Self.foundation()
    self.init(mutex, salt, maximumPayload, clock, StoreMonitor(log: log))
  }

  /// As the initializer does, which in Embedded Swift leaks its object where it throws.
  static func make(
    maximumPayload: Int, clock: StoreClock, log: StoreLog?
  ) throws(StoreError) -> MemorySessionStore {
    let (mutex, salt) = try foundation()
    return MemorySessionStore(mutex, salt, maximumPayload, clock, StoreMonitor(log: log))
  }

  private init(
    _ mutex: OpaquePointer, _ salt: (UInt64, UInt64), _ maximumPayload: Int, _ clock: StoreClock,
    _ monitor: StoreMonitor
  ) {
    self.mutex = mutex
    self.salt = salt
    self.maximumPayload = maximumPayload
    self.clock = clock
    self.monitor = monitor
  }

  /// What the system may refuse.
  private static func foundation() throws(StoreError) -> (OpaquePointer, (UInt64, UInt64)) {
    let salt = try Randomness.salt()
    guard let mutex = system_mutex_new() else { throw .noMemory }
    return (mutex, salt)
  }

  deinit { system_mutex_free(mutex) }

  public func read(_ id: SessionID) throws(StoreError) -> Record? {
    locked { records[id] }
  }

  public func create(_ id: SessionID, _ record: Record) throws(StoreError) -> Bool {
    locked {
      guard records[id] == nil else { return false }
      records[id] = record
      return true
    }
  }

  public func write(
    _ id: SessionID, _ record: Record, expecting: RecordVersion
  ) throws(StoreError) -> WriteOutcome {
    locked {
      guard let found = records[id] else { return .missing }
      guard found.version == expecting else { return .conflict(found) }
      records[id] = record
      return .written
    }
  }

  public func remove(
    _ id: SessionID, expecting: RecordVersion?
  ) throws(StoreError) -> RemoveOutcome {
    locked {
      guard let found = records[id] else { return .missing }
      if let expecting, found.version != expecting { return .conflict }
      records[id] = nil
      return .removed
    }
  }

  public func touch(_ id: SessionID, at time: Int64?) throws(StoreError) -> Bool {
    // The clock may be the host's, which is not to be called with the lock held.
    let time = time ?? clock.now()
    return locked {
      guard var found = records[id] else { return false }
      found.accessed = time
      records[id] = found
      return true
    }
  }

  public func has(_ id: SessionID) throws(StoreError) -> Bool {
    locked { records[id] != nil }
  }

  /// Under the lock, so that no touch is lost between the look and the removal.
  public func sweep(
    olderThan limit: Int64, into result: inout SweepResult
  ) throws(StoreError) {
    let now = clock.now()
    let swept = locked {
      var swept = SweepResult()
      for (id, record) in records {
        if SweepAge.idle(accessed: record.accessed, created: record.created, now: now) > limit {
          records[id] = nil
          swept.deleted += 1
        } else {
          if SweepAge.isMistaken(record.accessed, now: now) { records[id]?.accessed = now }
          swept.remaining += 1
        }
      }
      return swept
    }
    result = swept
  }

  public func ids() throws(StoreError) -> any SessionIDSequence {
    SessionIDArray(locked { Array(records.keys) })
  }

  public func setup() throws(StoreError) {}

  public func place(of id: SessionID?) -> String {
    guard let id else { return "memory" }
    return "memory, session " + id.withBytes { hexadecimal(shortHash($0), digits: 12) }
  }

  public func shortHash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    SipHash.hash(bytes, key: salt) >> 16
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    system_mutex_lock(mutex)
    defer { system_mutex_unlock(mutex) }
    return body()
  }
}

/// Ids that were collected before the walk: what a store's `ids` may answer.
public final class SessionIDArray: SessionIDSequence {
  private let ids: [SessionID]
  private var position = 0

  /// A walk over some ids.
  /// - Parameter ids: in any order, none twice.
  public init(_ ids: [SessionID]) {
    self.ids = ids
  }

  /// The next id; nil after the last.
  public func next() throws(StoreError) -> SessionID? {
    guard position < ids.count else { return nil }
    defer { position += 1 }
    return ids[position]
  }
}

/// The lowest `digits` hexadecimal digits of a number.
func hexadecimal(_ number: UInt64, digits: Int) -> String {
  let alphabet: StaticString = "0123456789abcdef"
  var bytes: [UInt8] = []
  for index in (0..<digits).reversed() {
    bytes.append(alphabet.bytes[Int(truncatingIfNeeded: number >> UInt64(4 * index)) & 15])
  }
  return String(decoding: bytes, as: UTF8.self)
}
