// SPDX-License-Identifier: MIT
public import CSession3

@_spi(CInterface) @_cdecl("session3_manager_new") @implementation
public func session3_manager_new(
  _ store: OpaquePointer?,
  _ policy: UnsafePointer<session3_manager_policy>?,
  _ out: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "new manager") { () throws(StoreError) in
    let out = try handleOut(out)
    let repository = try object(store, SessionRepository.self)
    out.pointee = handle(owning: try SessionManager.make(repository, policy: managerPolicy(policy)))
    return SESSION3_OK
  }
}

private func managerPolicy(
  _ pointer: UnsafePointer<session3_manager_policy>?
) throws(StoreError) -> ManagerPolicy {
  var given = session3_manager_policy()
  if let pointer { try sized(pointer, minimum: 72, into: &given) }
  guard given.flags & ~SESSION3_MANAGER_PERSISTENT == 0, given.reserved == 0 else {
    throw invalid("an unknown flag")
  }
  var policy = ManagerPolicy()
  policy.cookie = try cookiePolicy(given.cookie)
  policy.isPersistent = given.flags & SESSION3_MANAGER_PERSISTENT != 0
  if given.idle_timeout_us != 0 { policy.limits.idle = given.idle_timeout_us }
  if given.lifetime_us != 0 { policy.limits.lifetime = given.lifetime_us }
  if given.persistent_timeout_us != 0 { policy.limits.persistent = given.persistent_timeout_us }
  if given.access_resolution_us != 0 { policy.limits.accessResolution = given.access_resolution_us }
  if let hasInfo = given.has_info {
    // The header asks for a callback that may be called from any thread.
    nonisolated(unsafe) let (ask, context) = (hasInfo, given.has_info_context)
    policy.hasInfo = { session in
      let answer = ask(context, OpaquePointer(Unmanaged.passUnretained(session).toOpaque()))
      keepAlive(session)
      return answer
    }
  }
  return policy
}

@_spi(CInterface) @_cdecl("session3_manager_free") @implementation
public func session3_manager_free(_ manager: OpaquePointer?) {
  release(manager, SessionManager.self)
}

@_spi(CInterface) @_cdecl("session3_manager_has_session") @implementation
public func session3_manager_has_session(
  _ manager: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "has session") { () throws(StoreError) in
    let manager = try object(manager, SessionManager.self)
    guard let id = try lookedUpID(id, length) else { return SESSION3_NOT_FOUND }
    switch try manager.lookUp(id) {
    case .found: return SESSION3_OK
    case .missing: return SESSION3_NOT_FOUND
    case .expired: return SESSION3_EXPIRED
    }
  }
}

@_spi(CInterface) @_cdecl("session3_manager_check_session") @implementation
public func session3_manager_check_session(
  _ manager: OpaquePointer?,
  _ session: OpaquePointer?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "check session") { () throws(StoreError) in
    let manager = try object(manager, SessionManager.self)
    let isExpired = manager.isExpired(try object(session, Session.self))
    return isExpired ? SESSION3_EXPIRED : SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_manager_start_request") @implementation
public func session3_manager_start_request(
  _ manager: OpaquePointer?,
  _ cookies: UnsafePointer<CChar>?,
  _ cookies_length: Int,
  _ address: UnsafePointer<CChar>?,
  _ address_length: Int,
  _ out: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "start request") { () throws(StoreError) in
    let out = try handleOut(out)
    let manager = try object(manager, SessionManager.self)
    let request = try manager.startRequest(
      cookies: memory(cookies, cookies == nil ? 0 : cookies_length),
      address: encodedText(address, address_length, of: "remote_address"))
    out.pointee = handle(owning: request)
    return SESSION3_OK
  }
}
