// SPDX-License-Identifier: MIT
public import CSession3

// MARK: Form tokens and the csrf token

@_spi(CInterface) @_cdecl("session3_session_create_form_token") @implementation
public func session3_session_create_form_token(
  _ session: OpaquePointer?,
  _ token: UnsafeMutablePointer<CChar>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "create form token") { () throws(StoreError) in
    let token = try out(token)
    write(try object(session, Session.self).createFormToken(), to: token)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_has_form_token") @implementation
public func session3_session_has_form_token(
  _ session: OpaquePointer?, _ token: UnsafePointer<CChar>?, _ length: Int
) -> Bool {
  guard let session = objectIfAny(session, Session.self), let bytes = try? text(token, length)
  else { return false }
  return (try? session.hasFormToken(bytes)) ?? false
}

@_spi(CInterface) @_cdecl("session3_session_remove_form_token") @implementation
public func session3_session_remove_form_token(
  _ session: OpaquePointer?,
  _ token: UnsafePointer<CChar>?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "remove form token") { () throws(StoreError) in
    let session = try object(session, Session.self)
    let token = try text(token, length, orCause: "the token is NULL")
    guard try session.removeFormToken(token) else { return SESSION3_NOT_FOUND }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_csrf_token") @implementation
public func session3_session_csrf_token(
  _ session: OpaquePointer?,
  _ token: UnsafeMutablePointer<CChar>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "csrf token") { () throws(StoreError) in
    let token = try out(token)
    write(try object(session, Session.self).csrfToken(), to: token)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_check_csrf_token") @implementation
public func session3_session_check_csrf_token(
  _ session: OpaquePointer?, _ token: UnsafePointer<CChar>?, _ length: Int
) -> Bool {
  guard let session = objectIfAny(session, Session.self), let bytes = try? text(token, length)
  else { return false }
  return (try? session.checkCSRFToken(bytes)) ?? false
}

// MARK: The whole session

@_spi(CInterface) @_cdecl("session3_session_payload") @implementation
public func session3_session_payload(
  _ session: OpaquePointer?,
  _ data: UnsafeMutablePointer<UnsafeRawPointer?>?,
  _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get payload") { () throws(StoreError) in
    try lend(object(session, Session.self).payload, to: data, length)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_payload") @implementation
public func session3_session_set_payload(
  _ session: OpaquePointer?,
  _ data: UnsafeRawPointer?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set payload") { () throws(StoreError) in
    guard data != nil else { throw invalid("bytes are NULL") }
    try object(session, Session.self).setPayload(memory(data, length))
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_describe") @implementation
public func session3_session_describe(
  _ session: OpaquePointer?,
  _ text: UnsafeMutablePointer<session3_buffer>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "describe") { () throws(StoreError) in
    let buffer = try bufferOut(text)
    let description = try object(session, Session.self).describe()
    try buffer.pointee.assign(description.bytes)
    keepAlive(description)
    return SESSION3_OK
  }
}
