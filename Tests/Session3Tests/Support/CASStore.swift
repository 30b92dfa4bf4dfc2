// SPDX-License-Identifier: MIT
@testable import Session3

/// A store of a host's own, in Swift: a table of rows, and compare-and-swap alone. What else a
/// store can do is the library's.
final class CASStore: SessionStore {
  private struct Row {
    var version: RecordVersion
    var created: Int64
    var accessed: Int64
    var payload: [UInt8]

    init(_ record: Record) {
      version = record.version
      created = record.created
      accessed = record.accessed
      payload = record.encodedPayload
    }

    func record() throws(StoreError) -> Record {
      try Record(version: version, created: created, accessed: accessed, payload: payload)
    }
  }

  let isMultiprocessSafe = false
  let clock: StoreClock
  let monitor = StoreMonitor()
  let maximumPayload: Int
  /// Called once, at the next conflict, before its finder is told of it.
  let atConflict = ThreadSafe<(@Sendable () -> Void)?>(nil)
  private let table = ThreadSafe<[SessionID: Row]>([:])

  init(maximumPayload: Int = 1 << 20, clock: StoreClock = .system) {
    self.maximumPayload = maximumPayload
    self.clock = clock
  }

  func read(_ id: SessionID) throws(StoreError) -> Record? {
    try table.change { $0[id] }?.record()
  }

  func create(_ id: SessionID, _ record: Record) throws(StoreError) -> Bool {
    let row = Row(record)
    return table.change { rows in
      guard rows[id] == nil else { return false }
      rows[id] = row
      return true
    }
  }

  func write(
    _ id: SessionID, _ record: Record, expecting: RecordVersion
  ) throws(StoreError) -> WriteOutcome {
    let row = Row(record)
    let found: Row? = table.change { rows in
      let found = rows[id]
      if found?.version == expecting { rows[id] = row }
      return found
    }
    guard let found else { return .missing }
    guard found.version != expecting else { return .written }
    let interlude = atConflict.change { interlude in
      defer { interlude = nil }
      return interlude
    }
    interlude?()
    return .conflict(try found.record())
  }

  func remove(_ id: SessionID, expecting: RecordVersion?) throws(StoreError) -> RemoveOutcome {
    table.change { rows in
      guard let found = rows[id] else { return .missing }
      if let expecting, found.version != expecting { return .conflict }
      rows[id] = nil
      return .removed
    }
  }

  func touch(_ id: SessionID, at time: Int64?) throws(StoreError) -> Bool {
    let time = time ?? clock.now()
    return table.change { rows in
      guard rows[id] != nil else { return false }
      rows[id]?.accessed = time
      return true
    }
  }

  func ids() throws(StoreError) -> any SessionIDSequence {
    SessionIDArray(table.change { Array($0.keys) })
  }
}
