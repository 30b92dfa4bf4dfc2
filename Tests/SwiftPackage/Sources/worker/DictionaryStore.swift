// SPDX-License-Identifier: MIT
import Session3
import Synchronization

// docs: begin custom store
/// Sessions in a dictionary: all that a store of one's own needs.
final class DictionaryStore: SessionStore {
  let isMultiprocessSafe = false
  let monitor = StoreMonitor()
  private let records = Mutex<[SessionID: Record]>([:])

  func read(_ id: SessionID) throws(StoreError) -> Record? {
    records.withLock { $0[id] }
  }

  func create(_ id: SessionID, _ record: Record) throws(StoreError) -> Bool {
    records.withLock { records in
      guard records[id] == nil else { return false }
      records[id] = record
      return true
    }
  }

  func write(
    _ id: SessionID, _ record: Record, expecting: RecordVersion
  ) throws(StoreError) -> WriteOutcome {
    records.withLock { records in
      guard let found = records[id] else { return .missing }
      guard found.version == expecting else { return .conflict(found) }
      records[id] = record
      return .written
    }
  }

  func remove(_ id: SessionID, expecting: RecordVersion?) throws(StoreError) -> RemoveOutcome {
    records.withLock { records in
      guard let found = records[id] else { return .missing }
      if let expecting, found.version != expecting { return .conflict }
      records[id] = nil
      return .removed
    }
  }

  func touch(_ id: SessionID, at time: Int64?) throws(StoreError) -> Bool {
    let time = time ?? clock.now()
    return records.withLock { records in
      records[id]?.accessed = time
      return records[id] != nil
    }
  }

  func ids() throws(StoreError) -> any SessionIDSequence {
    SessionIDArray(records.withLock { Array($0.keys) })
  }
}
// docs: end custom store

/// A store whose database is down, and says so.
final class FailingStore: SessionStore {
  let isMultiprocessSafe = true
  let monitor: StoreMonitor

  init(log: StoreLog) {
    monitor = StoreMonitor(log: log)
  }

  private var failure: StoreError {
    StoreError(.callback, detail: "the database is down", systemErrno: 111)
  }

  func read(_ id: SessionID) throws(StoreError) -> Record? { throw failure }

  func create(_ id: SessionID, _ record: Record) throws(StoreError) -> Bool { throw failure }

  func write(
    _ id: SessionID, _ record: Record, expecting: RecordVersion
  ) throws(StoreError) -> WriteOutcome { throw failure }

  func remove(
    _ id: SessionID, expecting: RecordVersion?
  ) throws(StoreError) -> RemoveOutcome { throw failure }

  func touch(_ id: SessionID, at time: Int64?) throws(StoreError) -> Bool { throw failure }

  func ids() throws(StoreError) -> any SessionIDSequence { throw failure }
}
