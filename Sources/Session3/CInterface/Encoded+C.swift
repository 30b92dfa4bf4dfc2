// SPDX-License-Identifier: MIT
public import CSession3
internal import CSession3System

/// A caller's snapshot.
private func snapshotOut(
  _ snapshot: UnsafeMutablePointer<session3_snapshot>?
) throws(StoreError) -> UnsafeMutablePointer<session3_snapshot> {
  let snapshot = try out(snapshot)
  guard snapshot.pointee.size >= MemoryLayout<session3_snapshot>.size else {
    throw invalid("a snapshot was not initialized")
  }
  return snapshot
}

extension session3_snapshot {
  fileprivate mutating func take(_ record: Record) {
    version = session3_record_version(record.version)
    created_us = record.created
    accessed_us = max(record.accessed, record.created)
  }
}

@_spi(CInterface) @_cdecl("session3_store_load_encoded") @implementation
public func session3_store_load_encoded(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ id_length: Int,
  _ snapshot: UnsafeMutablePointer<session3_snapshot>?,
  _ payload: UnsafeMutableRawPointer?,
  _ capacity: Int,
  _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "load") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let snapshot = try snapshotOut(snapshot)
    let length = try out(length)
    guard capacity >= 0, payload != nil || capacity == 0 else { throw invalid("memory is NULL") }
    guard let id = try lookedUpID(id, id_length), let record = try repository.record(id) else {
      return SESSION3_NOT_FOUND
    }
    let bytes = record.payload
    length.pointee = bytes.count
    guard bytes.count <= capacity else {
      throw StoreError(.tooSmall, "the memory is smaller than the payload")
    }
    if let source = bytes.baseAddress, let payload { memcpy(payload, source, bytes.count) }
    keepAlive(record.storage)
    snapshot.pointee.take(record)
    return SESSION3_OK
  }
}

/// The session that a caller loaded, with the payload that it wants to save.
private func session(
  _ id: SessionID, _ snapshot: session3_snapshot, _ base: UnsafeRawBufferPointer,
  _ payload: UnsafeRawBufferPointer
) throws(StoreError) -> Session {
  let session: Session
  if snapshot.version.revision == 0 {
    let created = snapshot.created_us
    session = Session(id: id, created: created == 0 ? nil : created)
  } else {
    let storage = try Record.buffer(payloadCapacity: base.count)
    try storage.append(base)
    Record.restore(
      storage, RecordVersion(snapshot.version), created: snapshot.created_us)
    session = Session(id: id, record: Record(sealed: storage, accessed: snapshot.accessed_us))
  }
  try session.setPayload(payload)
  return session
}

/// Tells a caller what is stored now.
private func tell(
  _ session: Session, _ snapshot: UnsafeMutablePointer<session3_snapshot>,
  _ stored: UnsafeMutablePointer<session3_buffer>, unless payload: UnsafeRawBufferPointer
) throws(StoreError) {
  guard let record = session.record else { throw invalid("the session was not stored") }
  snapshot.pointee.take(record)
  defer { keepAlive(record.storage) }
  if areEqual(record.payload, payload) {
    stored.pointee.dispose()
  } else {
    try stored.pointee.assign(record.payload)
  }
}

@_spi(CInterface) @_cdecl("session3_store_save_encoded") @implementation
public func session3_store_save_encoded(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ id_length: Int,
  _ snapshot: UnsafeMutablePointer<session3_snapshot>?,
  _ base: UnsafeRawPointer?,
  _ base_length: Int,
  _ payload: UnsafeRawPointer?,
  _ payload_length: Int,
  _ policy: session3_save_policy,
  _ stored: UnsafeMutablePointer<session3_buffer>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "save") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let id = try sessionID(id, id_length)
    let snapshot = try snapshotOut(snapshot)
    let stored = try bufferOut(stored)
    guard payload != nil else { throw invalid("the payload is NULL") }
    let payload = try memory(payload, payload_length)
    let session = try session(id, snapshot.pointee, memory(base, base_length), payload)
    try repository.save(session, policy: savePolicy(policy, default: repository.policy))
    try tell(session, snapshot, stored, unless: payload)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_create_encoded") @implementation
public func session3_store_create_encoded(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ id_length: Int,
  _ snapshot: UnsafeMutablePointer<session3_snapshot>?,
  _ payload: UnsafeRawPointer?,
  _ payload_length: Int,
  _ stored: UnsafeMutablePointer<session3_buffer>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "create") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let id = try sessionID(id, id_length)
    let snapshot = try snapshotOut(snapshot)
    let stored = try bufferOut(stored)
    guard snapshot.pointee.version.revision == 0 else {
      throw invalid("the session is stored already")
    }
    guard payload != nil else { throw invalid("the payload is NULL") }
    let payload = try memory(payload, payload_length)
    let session = try session(
      id, snapshot.pointee, UnsafeRawBufferPointer(start: nil, count: 0), payload)
    try repository.create(session)
    try tell(session, snapshot, stored, unless: payload)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_renew_encoded") @implementation
public func session3_store_renew_encoded(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ id_length: Int,
  _ snapshot: UnsafeMutablePointer<session3_snapshot>?,
  _ base: UnsafeRawPointer?,
  _ base_length: Int,
  _ payload: UnsafeRawPointer?,
  _ payload_length: Int,
  _ policy: session3_save_policy,
  _ new_id: UnsafeMutablePointer<CChar>?,
  _ stored: UnsafeMutablePointer<session3_buffer>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "renew") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let id = try sessionID(id, id_length)
    let snapshot = try snapshotOut(snapshot)
    let newID = try out(new_id)
    let stored = try bufferOut(stored)
    guard payload != nil else { throw invalid("the payload is NULL") }
    let payload = try memory(payload, payload_length)
    let session = try session(id, snapshot.pointee, memory(base, base_length), payload)
    do throws(StoreError) {
      try repository.renew(session, policy: savePolicy(policy, default: repository.policy))
    } catch {
      // Done all the same, and not synced: it has its new id.
      if session.id != id, let new = session.id, let record = session.record {
        write(new, to: newID)
        snapshot.pointee.take(record)
      }
      throw error
    }
    if let id = session.id { write(id, to: newID) }
    try tell(session, snapshot, stored, unless: payload)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_delete_encoded") @implementation
public func session3_store_delete_encoded(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ id_length: Int,
  _ snapshot: UnsafePointer<session3_snapshot>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "delete") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let id = try sessionID(id, id_length)
    let isDeleted = try repository.delete(id, of: storedIncarnation(snapshot))
    return isDeleted ? SESSION3_OK : SESSION3_NOT_FOUND
  }
}

@_spi(CInterface) @_cdecl("session3_store_delete_user_sessions_encoded") @implementation
public func session3_store_delete_user_sessions_encoded(
  _ store: OpaquePointer?,
  _ user: UnsafeRawPointer?,
  _ user_length: Int,
  _ except: UnsafePointer<session3_snapshot>?,
  _ deleted: UnsafeMutablePointer<UInt64>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "delete sessions of a user") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    guard user != nil, user_length > 0 else { throw invalid("the user is NULL or empty") }
    let user = EncodedValue(bytes: try memory(user, user_length))
    let own = except == nil ? nil : try storedIncarnation(except)
    try deleteSessions(
      of: user, in: repository, sparing: SparedSessions(incarnations: (own, nil)), deleted)
    return SESSION3_OK
  }
}

private func storedIncarnation(
  _ snapshot: UnsafePointer<session3_snapshot>?
) throws(StoreError) -> UInt64 {
  guard let snapshot, snapshot.pointee.size >= MemoryLayout<session3_snapshot>.size else {
    throw invalid("a snapshot was not initialized")
  }
  let version = snapshot.pointee.version
  guard version.revision != 0 else { throw invalid("the session was never stored") }
  return version.incarnation
}

extension RecordVersion {
  fileprivate init(_ version: session3_record_version) {
    self.init(
      revision: version.revision, incarnation: version.incarnation, checksum: version.checksum)
  }
}
