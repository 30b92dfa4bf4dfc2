// SPDX-License-Identifier: MIT
public import CSession3

/// A caller's cookie policy, copied and checked; NULL stands for all defaults.
func cookiePolicy(
  _ pointer: UnsafePointer<session3_cookie_policy>?
) throws(StoreError) -> CookiePolicy {
  var policy = CookiePolicy()
  guard let pointer else { return policy }
  var given = session3_cookie_policy()
  try sized(pointer, minimum: 64, into: &given)
  let known = SESSION3_COOKIE_SECURE | SESSION3_COOKIE_SCRIPTABLE | SESSION3_COOKIE_PARTITIONED
  guard given.flags & ~known == 0 else { throw invalid("an unknown flag") }
  policy.isSecure = given.flags & SESSION3_COOKIE_SECURE != 0
  policy.isHTTPOnly = given.flags & SESSION3_COOKIE_SCRIPTABLE == 0
  policy.isPartitioned = given.flags & SESSION3_COOKIE_PARTITIONED != 0
  if given.same_site != SESSION3_SAME_SITE_DEFAULT {
    guard let sameSite = CookiePolicy.SameSite(rawValue: given.same_site) else {
      throw invalid("an unknown SameSite")
    }
    policy.sameSite = sameSite
  }
  policy.name = try cookieText(given.name, given.name_length) ?? policy.name
  policy.path = try cookieText(given.path, given.path_length) ?? policy.path
  policy.domain = try cookieText(given.domain, given.domain_length)
  try policy.check()
  return policy
}

/// A copy of text of a policy; what is no UTF-8 has replacement characters in it, which `check`
/// refuses as it does all non-ASCII.
private func cookieText(
  _ start: UnsafePointer<CChar>?, _ length: Int
) throws(StoreError) -> String? {
  let bytes = try memory(start, length)
  guard start != nil else { return nil }
  guard length <= CookiePolicy.maximumLength else { throw CookiePolicy.tooLong }
  return String(decoding: bytes, as: UTF8.self)
}

@_spi(CInterface) @_cdecl("session3_cookie_check") @implementation
public func session3_cookie_check(
  _ policy: UnsafePointer<session3_cookie_policy>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "check cookie") { () throws(StoreError) in
    _ = try cookiePolicy(policy)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_cookie_next") @implementation
public func session3_cookie_next(
  _ header: UnsafePointer<CChar>?,
  _ header_length: Int,
  _ name: UnsafePointer<CChar>?,
  _ name_length: Int,
  _ position: UnsafeMutablePointer<Int>?,
  _ value: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ value_length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "next cookie") { () throws(StoreError) in
    let (position, value, length) = (try out(position), try out(value), try out(value_length))
    let bytes = try text(header, header_length, orCause: "the header is NULL")
    var cookies = CookieHeader(bytes, position: position.pointee)
    let name = try text(name, name_length, orCause: "the name is NULL")
    guard let found = cookies.next(named: name) else { return SESSION3_DONE }
    position.pointee = cookies.position
    value.pointee = found.baseAddress?.assumingMemoryBound(to: CChar.self)
    length.pointee = found.count
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_cookie_set") @implementation
public func session3_cookie_set(
  _ policy: UnsafePointer<session3_cookie_policy>?,
  _ id: UnsafePointer<CChar>?,
  _ id_length: Int,
  _ lifetime_us: Int64,
  _ now_us: Int64,
  _ header: UnsafeMutablePointer<session3_buffer>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set cookie") { () throws(StoreError) in
    let header = try bufferOut(header)
    let text = try SetCookie.header(
      cookiePolicy(policy), sessionID(id, id_length), lifetime: lifetime_us, now: now_us)
    try header.pointee.assign(text.bytes)
    keepAlive(text)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_cookie_revoke") @implementation
public func session3_cookie_revoke(
  _ policy: UnsafePointer<session3_cookie_policy>?,
  _ header: UnsafeMutablePointer<session3_buffer>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "revoke cookie") { () throws(StoreError) in
    let header = try bufferOut(header)
    let text = try SetCookie.revocation(cookiePolicy(policy))
    try header.pointee.assign(text.bytes)
    keepAlive(text)
    return SESSION3_OK
  }
}
