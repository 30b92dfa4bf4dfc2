// SPDX-License-Identifier: MIT
public import CSession3

@_spi(CInterface) @_cdecl("session3_request_free") @implementation
public func session3_request_free(_ request: OpaquePointer?) {
  release(request, SessionRequest.self)
}

/// A handle that the request owns.
private func borrowed(_ session: Session) -> OpaquePointer {
  OpaquePointer(Unmanaged.passUnretained(session).toOpaque())
}

// MARK: Beginning

@_spi(CInterface) @_cdecl("session3_request_session") @implementation
public func session3_request_session(
  _ request: OpaquePointer?,
  _ session: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get session") { () throws(StoreError) in
    let out = try handleOut(session)
    let request = try object(request, SessionRequest.self)
    guard let session = request.session else { return SESSION3_NOT_FOUND }
    out.pointee = borrowed(session)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_request_cookie_status") @implementation
public func session3_request_cookie_status(_ request: OpaquePointer?) -> session3_status {
  guard let request = objectIfAny(request, SessionRequest.self) else { return SESSION3_E_INVALID }
  switch request.cookieStatus {
  case .found: return SESSION3_OK
  case .missing: return SESSION3_NOT_FOUND
  case .expired: return SESSION3_EXPIRED
  case .unreadable(let error): return error.status
  }
}

@_spi(CInterface) @_cdecl("session3_request_has_session_cookie") @implementation
public func session3_request_has_session_cookie(
  _ request: OpaquePointer?,
  _ must_exist: Bool,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "has session cookie") { () throws(StoreError) in
    let request = try object(request, SessionRequest.self)
    let isThere = must_exist ? try request.isCookieSessionStored() : request.hasSessionCookie
    return isThere ? SESSION3_OK : SESSION3_NOT_FOUND
  }
}

// MARK: In the midst

@_spi(CInterface) @_cdecl("session3_request_new_session") @implementation
public func session3_request_new_session(
  _ request: OpaquePointer?,
  _ session: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "new session") { () throws(StoreError) in
    session?.pointee = nil
    let fresh = try object(request, SessionRequest.self).newSession()
    session?.pointee = borrowed(fresh)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_request_expire_session") @implementation
public func session3_request_expire_session(
  _ request: OpaquePointer?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "expire session") { () throws(StoreError) in
    let isThere = try object(request, SessionRequest.self).expireSession()
    return isThere ? SESSION3_OK : SESSION3_NOT_FOUND
  }
}

@_spi(CInterface) @_cdecl("session3_request_expire_user_sessions") @implementation
public func session3_request_expire_user_sessions(
  _ request: OpaquePointer?,
  _ scope: session3_expire_scope,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "expire sessions of a user") { () throws(StoreError) in
    let request = try object(request, SessionRequest.self)
    guard let scope = SessionRequest.ExpireScope(rawValue: scope) else {
      throw invalid("an unknown scope")
    }
    return try request.expireUserSessions(scope) ? SESSION3_OK : SESSION3_NOT_FOUND
  }
}

@_spi(CInterface) @_cdecl("session3_request_renew_id") @implementation
public func session3_request_renew_id(
  _ request: OpaquePointer?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "renew id") { () throws(StoreError) in
    let isThere = try object(request, SessionRequest.self).renewID()
    return isThere ? SESSION3_OK : SESSION3_NOT_FOUND
  }
}

// MARK: The end

@_spi(CInterface) @_cdecl("session3_request_maintain_session") @implementation
public func session3_request_maintain_session(
  _ request: OpaquePointer?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "maintain session") { () throws(StoreError) in
    try object(request, SessionRequest.self).maintainSession()
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_request_finish_successful") @implementation
public func session3_request_finish_successful(
  _ request: OpaquePointer?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "finish request") { () throws(StoreError) in
    try object(request, SessionRequest.self).finishSuccessful()
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_request_finish_failed") @implementation
public func session3_request_finish_failed(
  _ request: OpaquePointer?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "finish failed request") { () throws(StoreError) in
    try object(request, SessionRequest.self).finishFailed()
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_request_set_cookie") @implementation
public func session3_request_set_cookie(
  _ request: OpaquePointer?,
  _ header: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set cookie") { () throws(StoreError) in
    let out = try Session3.out(header)
    let request = try object(request, SessionRequest.self)
    guard let text = request.setCookie else { return SESSION3_NOT_FOUND }
    out.pointee = UnsafePointer(text.start.assumingMemoryBound(to: CChar.self))
    length?.pointee = text.count - 1
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_request_outcome") @implementation
public func session3_request_outcome(_ request: OpaquePointer?) -> session3_outcome {
  let outcome = objectIfAny(request, SessionRequest.self)?.outcome ?? .none
  return outcome.rawValue
}
