// SPDX-License-Identifier: MIT
public import CSession3

/// An id to look up: nil for bytes that are none, which are the public's input.
@inline(__always)
func lookedUpID(_ start: UnsafePointer<CChar>?, _ length: Int) throws(StoreError) -> SessionID? {
  SessionID(try id(start, length))
}

// MARK: One session

@_spi(CInterface) @_cdecl("session3_store_load") @implementation
public func session3_store_load(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ out: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "load") { () throws(StoreError) in
    let out = try handleOut(out)
    let repository = try object(store, SessionRepository.self)
    guard let id = try lookedUpID(id, length), let session = try repository.load(id) else {
      return SESSION3_NOT_FOUND
    }
    out.pointee = handle(owning: session)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_save") @implementation
public func session3_store_save(
  _ store: OpaquePointer?,
  _ session: OpaquePointer?,
  _ policy: session3_save_policy,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "save") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let session = try object(session, Session.self)
    try repository.save(session, policy: savePolicy(policy, default: repository.policy))
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_create") @implementation
public func session3_store_create(
  _ store: OpaquePointer?,
  _ session: OpaquePointer?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "create") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    try repository.create(object(session, Session.self))
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_renew") @implementation
public func session3_store_renew(
  _ store: OpaquePointer?,
  _ session: OpaquePointer?,
  _ policy: session3_save_policy,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "renew") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let session = try object(session, Session.self)
    try repository.renew(session, policy: savePolicy(policy, default: repository.policy))
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_delete") @implementation
public func session3_store_delete(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "delete") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    return try repository.delete(sessionID(id, length)) ? SESSION3_OK : SESSION3_NOT_FOUND
  }
}

@_spi(CInterface) @_cdecl("session3_store_delete_unchanged") @implementation
public func session3_store_delete_unchanged(
  _ store: OpaquePointer?,
  _ session: OpaquePointer?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "delete") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let session = try object(session, Session.self)
    return try repository.deleteUnchanged(session) ? SESSION3_OK : SESSION3_NOT_FOUND
  }
}

@_spi(CInterface) @_cdecl("session3_store_has") @implementation
public func session3_store_has(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "has") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    guard let id = try lookedUpID(id, length) else { return SESSION3_NOT_FOUND }
    return try repository.has(id) ? SESSION3_OK : SESSION3_NOT_FOUND
  }
}

@_spi(CInterface) @_cdecl("session3_store_touch") @implementation
public func session3_store_touch(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "touch") { () throws(StoreError) in
    try object(store, SessionRepository.self).touch(sessionID(id, length))
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_set_access_time") @implementation
public func session3_store_set_access_time(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ time_us: Int64,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set access time") { () throws(StoreError) in
    try object(store, SessionRepository.self).touch(sessionID(id, length), at: time_us)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_increment") @implementation
public func session3_store_increment(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ delta: Int64,
  _ result: UnsafeMutablePointer<Int64>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "increment") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let sum = try repository.increment(
      sessionID(id, length), Session3.key(key, key_length), by: delta)
    result?.pointee = sum
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_consume_form_token") @implementation
public func session3_store_consume_form_token(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ token: UnsafePointer<CChar>?,
  _ token_length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "consume form token") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let token = try text(token, token_length, orCause: "the token is NULL")
    let isConsumed = try repository.consumeFormToken(sessionID(id, length), token)
    return isConsumed ? SESSION3_OK : SESSION3_NOT_FOUND
  }
}

@_spi(CInterface) @_cdecl("session3_store_short_hash") @implementation
public func session3_store_short_hash(
  _ store: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ hash: UnsafeMutablePointer<CChar>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "short hash") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    let out = try Session3.out(hash)
    let number = repository.store.shortHash(try Session3.id(id, length))
    var digits = hexadecimal(number, digits: 12)
    digits.withUTF8 { bytes in
      for index in bytes.indices { out[index] = CChar(bitPattern: bytes[index]) }
      out[bytes.count] = 0
    }
    return SESSION3_OK
  }
}
