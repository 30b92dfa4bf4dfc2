// SPDX-License-Identifier: MIT
public import CSession3

// MARK: Many sessions

@_spi(CInterface) @_cdecl("session3_store_delete_user_sessions") @implementation
public func session3_store_delete_user_sessions(
  _ store: OpaquePointer?,
  _ user: UnsafePointer<session3_value>?,
  _ except: UnsafePointer<CChar>?,
  _ except_length: Int,
  _ deleted: UnsafeMutablePointer<UInt64>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "delete sessions of a user") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let user = try encodedValue(user)
    let spared = except == nil ? nil : try sessionID(except, except_length)
    try deleteSessions(of: user, in: repository, sparing: SparedSessions(id: spared), deleted)
    return SESSION3_OK
  }
}

/// - Throws: the first failure, after the others were deleted and counted.
func deleteSessions(
  of user: EncodedValue, in repository: SessionRepository, sparing spared: SparedSessions,
  _ deleted: UnsafeMutablePointer<UInt64>?
) throws(StoreError) {
  let canonical = try user.canonical()
  if case .null = try user.token() { throw invalid("nil is nobody") }
  var count: UInt64 = 0
  defer {
    keepAlive(canonical)
    deleted?.pointee = count
  }
  try repository.deleteSessions(ofUser: canonical.bytes, sparing: spared, deleted: &count)
}

@_spi(CInterface) @_cdecl("session3_store_sweep") @implementation
public func session3_store_sweep(
  _ store: OpaquePointer?,
  _ age_us: Int64,
  _ deleted: UnsafeMutablePointer<UInt64>?,
  _ remaining: UnsafeMutablePointer<UInt64>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "sweep") { () throws(StoreError) in
    try sweep(object(store, SessionRepository.self), age_us, deleted, remaining)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_delete_old_sessions") @implementation
public func session3_store_delete_old_sessions(
  _ store: OpaquePointer?,
  _ minutes: Double,
  _ deleted: UnsafeMutablePointer<UInt64>?,
  _ remaining: UnsafeMutablePointer<UInt64>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "sweep") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let age = try SessionRepository.microseconds(minutes: minutes)
    try sweep(repository, age, deleted, remaining)
    return SESSION3_OK
  }
}

/// Sweeps, and tells how far it came also where it failed for some.
private func sweep(
  _ repository: SessionRepository, _ age: Int64, _ deleted: UnsafeMutablePointer<UInt64>?,
  _ remaining: UnsafeMutablePointer<UInt64>?
) throws(StoreError) {
  var result = SweepResult()
  var failure: StoreError?
  do throws(StoreError) { try repository.sweep(olderThan: age, into: &result) } catch {
    if error.code == .invalid { throw error }
    failure = error
  }
  deleted?.pointee = result.deleted
  remaining?.pointee = result.remaining
  if let failure { throw failure }
}

// MARK: Iteration

/// What a `session3_iterator` stands for.
private final class IteratorHandle {
  let sessions: SessionIterator
  /// The last id and a NUL, for who borrows it.
  var idText: ByteBuffer?

  init(_ sessions: SessionIterator) {
    self.sessions = sessions
  }
}

@_spi(CInterface) @_cdecl("session3_store_iterate") @implementation
public func session3_store_iterate(
  _ store: OpaquePointer?,
  _ out: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "iterate") { () throws(StoreError) in
    let out = try handleOut(out)
    let repository = try object(store, SessionRepository.self)
    out.pointee = handle(owning: IteratorHandle(try repository.sessions()))
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_iterator_next") @implementation
public func session3_iterator_next(
  _ iterator: OpaquePointer?,
  _ session: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "iterate") { () throws(StoreError) in
    let out = try handleOut(session)
    let iterator = try object(iterator, IteratorHandle.self)
    iterator.idText = nil
    guard let next = try iterator.sessions.next() else { return SESSION3_DONE }
    out.pointee = handle(owning: next)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_iterator_id") @implementation
public func session3_iterator_id(
  _ iterator: OpaquePointer?,
  _ id: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "iterator id") { () throws(StoreError) in
    let iterator = try object(iterator, IteratorHandle.self)
    let out = try Session3.out(id)
    guard let id = iterator.sessions.id else { return SESSION3_NOT_FOUND }
    let text = if let text = iterator.idText { text } else { try id.cText() }
    iterator.idText = text
    out.pointee = UnsafePointer(text.start.assumingMemoryBound(to: CChar.self))
    length?.pointee = id.count
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_iterator_next_id") @implementation
public func session3_iterator_next_id(
  _ iterator: OpaquePointer?,
  _ id: UnsafeMutablePointer<CChar>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "iterate") { () throws(StoreError) in
    let out = try Session3.out(id)
    let iterator = try object(iterator, IteratorHandle.self)
    iterator.idText = nil
    guard let next = try iterator.sessions.nextID() else { return SESSION3_DONE }
    write(next, to: out)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_iterator_free") @implementation
public func session3_iterator_free(_ iterator: OpaquePointer?) {
  release(iterator, IteratorHandle.self)
}
