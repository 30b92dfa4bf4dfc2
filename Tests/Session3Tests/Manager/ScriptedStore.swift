// SPDX-License-Identifier: MIT
@testable import Session3

/// A store in memory that lets a test come in before and after each call. What is not a call of
/// compare-and-swap is made of those, so that a test comes in between them, too.
///
/// One thread at a time.
final class ScriptedStore: SessionStore, @unchecked Sendable {
  enum Verb: Sendable {
    case read, create, write, remove, touch, has, ids
  }

  typealias Script = (Verb, SessionID?) throws(StoreError) -> Void

  private let base: MemorySessionStore
  /// Runs before a call, which is not made if this throws.
  var before: Script?
  /// Runs after a call, which was made also where this throws.
  var after: Script?

  init(clock: StoreClock = .system) throws {
    base = try MemorySessionStore(clock: clock)
  }

  private func scripted<Result>(
    _ verb: Verb, _ id: SessionID?, _ call: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try before?(verb, id)
    let result = try call()
    try after?(verb, id)
    return result
  }

  var isMultiprocessSafe: Bool { base.isMultiprocessSafe }
  var isThreadSafe: Bool { false }
  var clock: StoreClock { base.clock }
  var monitor: StoreMonitor { base.monitor }
  var maximumPayload: Int { base.maximumPayload }

  func read(_ id: SessionID) throws(StoreError) -> Record? {
    try scripted(.read, id) { () throws(StoreError) in try base.read(id) }
  }

  func create(_ id: SessionID, _ record: Record) throws(StoreError) -> Bool {
    try scripted(.create, id) { () throws(StoreError) in try base.create(id, record) }
  }

  func write(
    _ id: SessionID, _ record: Record, expecting: RecordVersion
  ) throws(StoreError) -> WriteOutcome {
    try scripted(.write, id) { () throws(StoreError) in
      try base.write(id, record, expecting: expecting)
    }
  }

  func remove(_ id: SessionID, expecting: RecordVersion?) throws(StoreError) -> RemoveOutcome {
    try scripted(.remove, id) { () throws(StoreError) in
      try base.remove(id, expecting: expecting)
    }
  }

  func touch(_ id: SessionID, at time: Int64?) throws(StoreError) -> Bool {
    try scripted(.touch, id) { () throws(StoreError) in try base.touch(id, at: time) }
  }

  func has(_ id: SessionID) throws(StoreError) -> Bool {
    try scripted(.has, id) { () throws(StoreError) in try base.has(id) }
  }

  func ids() throws(StoreError) -> any SessionIDSequence {
    try scripted(.ids, nil) { () throws(StoreError) in try base.ids() }
  }

  func setup() throws(StoreError) {}

  func place(of id: SessionID?) -> String { "script" }

  func shortHash(_ bytes: UnsafeRawBufferPointer) -> UInt64 { base.shortHash(bytes) }
}
