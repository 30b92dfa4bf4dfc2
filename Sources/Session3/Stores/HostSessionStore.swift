// SPDX-License-Identifier: MIT
internal import CSession3

/// A store on a host's callbacks, as `session3/custom_store.h` has them.
final class HostSessionStore: SessionStore, @unchecked Sendable {
  let isMultiprocessSafe: Bool
  let isThreadSafe: Bool
  let clock: StoreClock
  let maximumPayload: Int
  let monitor: StoreMonitor

  private let callbacks: session3_store_callbacks
  private let context: UnsafeMutableRawPointer?
  private let salt: (UInt64, UInt64)

  /// Takes over a context: its `destroy` is called when the store is released.
  ///
  /// `callbacks`: all but `destroy` and `setup` are there.
  init(
    _ callbacks: session3_store_callbacks, context: UnsafeMutableRawPointer?,
    maximumPayload: Int, clock: StoreClock, log: StoreLog?, salt: (UInt64, UInt64)
  ) {
    self.callbacks = callbacks
    self.context = context
    self.maximumPayload = maximumPayload
    self.clock = clock
    self.salt = salt
    monitor = StoreMonitor(log: log)
    isMultiprocessSafe = callbacks.flags & SESSION3_STORE_MULTIPROCESS_SAFE != 0
    isThreadSafe = callbacks.flags & SESSION3_STORE_THREAD_SAFE != 0
  }

  deinit { callbacks.destroy?(context) }

  func read(_ id: SessionID) throws(StoreError) -> Record? {
    var answer = session3_record()
    answer.size = MemoryLayout<session3_record>.size
    answer.created_us = Int64.min
    answer.accessed_us = Int64.min
    var payload = session3_buffer()
    payload.size = MemoryLayout<session3_buffer>.size
    defer { payload.dispose() }
    let isFound = try call(id, positive: SESSION3_NOT_FOUND) { name, length, error in
      callbacks.read(context, name, length, &answer, &payload, error)
    }
    guard isFound == SESSION3_OK else { return nil }
    guard answer.version.revision != 0, answer.created_us != Int64.min,
      answer.accessed_us != Int64.min, let data = payload.data, payload.length >= 0
    else { throw StoreError(.callback, "the read callback did not fill in the record") }
    return try record(answer, UnsafeRawBufferPointer(start: data, count: payload.length), id)
  }

  func create(_ id: SessionID, _ record: Record) throws(StoreError) -> Bool {
    do throws(StoreError) {
      try write(id, record, expecting: nil)
      return true
    } catch  where error.code == .exists {
      return false
    }
  }

  func write(
    _ id: SessionID, _ record: Record, expecting: RecordVersion
  ) throws(StoreError) -> WriteOutcome {
    do throws(StoreError) {
      try write(id, record, expecting: session3_record_version(expecting))
      return .written
    } catch  where error.code == .gone {
      return .missing
    } catch  where error.code == .conflict {
      guard let found = try read(id) else { return .missing }
      return .conflict(found)
    }
  }

  func remove(
    _ id: SessionID, expecting: RecordVersion?
  ) throws(StoreError) -> RemoveOutcome {
    do throws(StoreError) {
      let status = try call(id, positive: SESSION3_NOT_FOUND) { name, length, error in
        guard let expecting else { return callbacks.remove(context, name, length, nil, error) }
        var version = session3_record_version(expecting)
        return callbacks.remove(context, name, length, &version, error)
      }
      return status == SESSION3_OK ? .removed : .missing
    } catch  where error.code == .conflict {
      return .conflict
    }
  }

  func touch(_ id: SessionID, at time: Int64?) throws(StoreError) -> Bool {
    let time = time ?? clock.now()
    return try call(id, positive: SESSION3_NOT_FOUND) { name, length, error in
      callbacks.touch(context, name, length, time, error)
    } == SESSION3_OK
  }

  func ids() throws(StoreError) -> any SessionIDSequence {
    let list = SessionIDList()
    let handle = OpaquePointer(Unmanaged.passUnretained(list).toOpaque())
    _ = try call(nil, positive: SESSION3_OK) { _, _, error in callbacks.ids(context, handle, error)
    }
    keepAlive(list)
    return SessionIDArray(list.ids)
  }

  func setup() throws(StoreError) {
    guard let setup = callbacks.setup else { return }
    _ = try call(nil, positive: SESSION3_OK) { _, _, error in setup(context, error) }
  }

  func place(of id: SessionID?) -> String {
    guard let id else { return "custom store" }
    return "custom store, session " + id.withBytes { hexadecimal(shortHash($0), digits: 12) }
  }

  func shortHash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    SipHash.hash(bytes, key: salt) >> 16
  }

  // MARK: Calling the host

  private func write(
    _ id: SessionID, _ record: Record, expecting: session3_record_version?
  ) throws(StoreError) {
    let payload = record.payload
    var given = session3_record()
    given.size = MemoryLayout<session3_record>.size
    given.version = session3_record_version(record.version)
    given.created_us = record.created
    given.accessed_us = record.accessed
    given.payload = payload.baseAddress
    given.payload_length = payload.count
    _ = try call(id, positive: SESSION3_OK) { name, length, error in
      guard var expecting else {
        return callbacks.write(context, name, length, nil, &given, error)
      }
      return callbacks.write(context, name, length, &expecting, &given, error)
    }
    keepAlive(record.storage)
  }

  /// Calls a callback.
  ///
  /// `positive`: the one positive status that it may answer, or 0.
  ///
  /// - Returns: 0, or that status.
  /// - Throws: what the host answered, in its own words.
  private func call(
    _ id: SessionID?, positive: Int32,
    _ body: (UnsafePointer<CChar>?, Int, UnsafeMutablePointer<session3_error>) -> session3_status
  ) throws(StoreError) -> Int32 {
    var error = session3_error()
    error.size = MemoryLayout<session3_error>.size
    let status: session3_status
    if let id {
      status = id.withCString { body($0, id.count, &error) }
    } else {
      status = body(nil, 0, &error)
    }
    if status == SESSION3_OK || status == positive { return status }
    guard status < SESSION3_OK else {
      throw StoreError(.callback, "a callback answered an unknown status")
    }
    throw StoreError(
      status: status, cause: "a callback of the custom store failed",
      systemErrno: error.system_errno, detail: error.text)
  }

  private func record(
    _ answer: session3_record, _ payload: UnsafeRawBufferPointer, _ id: SessionID
  ) throws(StoreError) -> Record {
    let raw = try Record.buffer(payloadCapacity: payload.count)
    try raw.append(payload)
    Record.seal(
      raw, for: id, revision: answer.version.revision, created: answer.created_us,
      incarnation: answer.version.incarnation)
    let record = Record(sealed: raw, accessed: answer.accessed_us)
    guard record.checksum == answer.version.checksum else {
      throw StoreError(.corrupt, "the custom store's record has a wrong checksum")
    }
    do throws(StoreError) {
      if try Payload.check(payload) { return record }
      let canonical = try Payload.canonical(payload)
      try canonical.replace(0..<Record.headSize, with: raw.bytes.part(0..<Record.headSize))
      keepAlive(raw)
      return Record(sealed: canonical, accessed: answer.accessed_us)
    } catch {
      throw error.recoded(.corrupt)
    }
  }
}

/// What an ids callback appends to.
final class SessionIDList {
  var ids: [SessionID] = []
}

extension session3_record_version {
  init(_ version: RecordVersion) {
    self.init(
      revision: version.revision, incarnation: version.incarnation, checksum: version.checksum,
      reserved: 0)
  }
}

extension session3_error {
  /// The message; nil if there is none.
  var text: String? {
    withUnsafeBytes(of: message) { bytes in
      let length = bytes.firstIndex(of: 0) ?? bytes.count
      guard length > 0 else { return nil }
      return String(decoding: bytes[0..<length], as: UTF8.self)
    }
  }
}
