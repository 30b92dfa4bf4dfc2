// SPDX-License-Identifier: MIT
public import CSession3

@_spi(CInterface) @_cdecl("session3_session_new") @implementation
public func session3_session_new(
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ out: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "new session") { () throws(StoreError) in
    let out = try handleOut(out)
    let id = id == nil ? nil : try sessionID(id, length)
    out.pointee = handle(owning: Session(id: id))
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_free") @implementation
public func session3_session_free(_ session: OpaquePointer?) {
  release(session, Session.self)
}

// MARK: Identity and times

@_spi(CInterface) @_cdecl("session3_session_id") @implementation
public func session3_session_id(
  _ session: OpaquePointer?,
  _ id: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get id") { () throws(StoreError) in
    let session = try object(session, Session.self)
    let out = try Session3.out(id)
    guard let name = try session.idText() else { return SESSION3_NOT_FOUND }
    out.pointee = UnsafePointer(name.start.assumingMemoryBound(to: CChar.self))
    length?.pointee = name.count - 1
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_id") @implementation
public func session3_session_set_id(
  _ session: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set id") { () throws(StoreError) in
    let session = try object(session, Session.self)
    let id = try sessionID(id, length)
    guard session.isNew else { throw invalid("the session is stored under an id already") }
    session.id = id
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_is_new") @implementation
public func session3_session_is_new(_ session: OpaquePointer?) -> Bool {
  objectIfAny(session, Session.self)?.isNew ?? false
}

@_spi(CInterface) @_cdecl("session3_session_is_changed") @implementation
public func session3_session_is_changed(_ session: OpaquePointer?) -> Bool {
  objectIfAny(session, Session.self)?.isChanged ?? false
}

@_spi(CInterface) @_cdecl("session3_session_has_info") @implementation
public func session3_session_has_info(_ session: OpaquePointer?) -> Bool {
  (try? objectIfAny(session, Session.self)?.hasInfo) ?? false
}

@_spi(CInterface) @_cdecl("session3_session_created_us") @implementation
public func session3_session_created_us(_ session: OpaquePointer?) -> Int64 {
  objectIfAny(session, Session.self)?.created ?? 0
}

@_spi(CInterface) @_cdecl("session3_session_accessed_us") @implementation
public func session3_session_accessed_us(_ session: OpaquePointer?) -> Int64 {
  objectIfAny(session, Session.self)?.accessed ?? 0
}

@_spi(CInterface) @_cdecl("session3_session_creation_age_us") @implementation
public func session3_session_creation_age_us(_ session: OpaquePointer?, _ now_us: Int64) -> Int64 {
  objectIfAny(session, Session.self).map { age(from: $0.created, to: present(now_us)) } ?? 0
}

@_spi(CInterface) @_cdecl("session3_session_access_age_us") @implementation
public func session3_session_access_age_us(_ session: OpaquePointer?, _ now_us: Int64) -> Int64 {
  objectIfAny(session, Session.self).map { age(from: $0.accessed, to: present(now_us)) } ?? 0
}

/// A time that was given, or the present for 0.
private func present(_ time: Int64) -> Int64 {
  time == 0 ? StoreClock.system.now() : time
}

// MARK: User and remote address

@_spi(CInterface) @_cdecl("session3_session_user") @implementation
public func session3_session_user(
  _ session: OpaquePointer?,
  _ out: UnsafeMutablePointer<session3_value>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get user") { () throws(StoreError) in
    let out = try Session3.out(out)
    guard let user = try object(session, Session.self).field(Payload.user) else {
      return SESSION3_NOT_FOUND
    }
    out.pointee = try session3_value(user)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_user_text") @implementation
public func session3_session_user_text(
  _ session: OpaquePointer?,
  _ text: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get user") { () throws(StoreError) in
    guard let field = try object(session, Session.self).field(Payload.user) else {
      return SESSION3_NOT_FOUND
    }
    try lend(EncodedValue(bytes: field).text(), to: text, length)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_user") @implementation
public func session3_session_set_user(
  _ session: OpaquePointer?,
  _ user: UnsafePointer<session3_value>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set user") { () throws(StoreError) in
    let session = try object(session, Session.self)
    guard let user else {
      try session.setUser(encoded: nil)
      return SESSION3_OK
    }
    let value = try encodedValue(user)
    let canonical: ByteBuffer
    do throws(StoreError) { canonical = try value.canonical() } catch {
      throw error.of(attribute: "user")
    }
    if case .null = try value.token() {
      try session.setUser(encoded: nil)
    } else {
      try session.setUser(encoded: canonical)
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_user_text") @implementation
public func session3_session_set_user_text(
  _ session: OpaquePointer?,
  _ text: UnsafePointer<CChar>?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set user") { () throws(StoreError) in
    let session = try object(session, Session.self)
    try session.setUser(encoded: encodedText(text, length, of: "user"))
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_remote_address") @implementation
public func session3_session_remote_address(
  _ session: OpaquePointer?,
  _ text: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get remote address") { () throws(StoreError) in
    guard let field = try object(session, Session.self).field(Payload.remoteAddress) else {
      return SESSION3_NOT_FOUND
    }
    try lend(EncodedValue(bytes: field).text(), to: text, length)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_remote_address") @implementation
public func session3_session_set_remote_address(
  _ session: OpaquePointer?,
  _ text: UnsafePointer<CChar>?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set remote address") { () throws(StoreError) in
    let session = try object(session, Session.self)
    try session.setField(Payload.remoteAddress, to: encodedText(text, length, of: "remote_address"))
    return SESSION3_OK
  }
}

/// Text as a field's value; nil for NULL.
func encodedText(
  _ start: UnsafePointer<CChar>?, _ length: Int, of field: StaticString
) throws(StoreError) -> ByteBuffer? {
  guard let start else { return nil }
  let bytes = try text(start, length)
  guard isValidUTF8(bytes) else {
    throw StoreError(.value, "text is not UTF-8").of(attribute: field.description)
  }
  let value = try ByteBuffer.make(capacity: bytes.count &+ 5)
  try MessagePackWriter(buffer: value).text(bytes)
  return value
}
