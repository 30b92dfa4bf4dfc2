// SPDX-License-Identifier: MIT

/// The value of a Set-Cookie header, without a NUL. Policies are checked before they come here.
enum SetCookie {
  /// The longest that browsers keep a cookie: 400 days, in seconds.
  private static var maximumAge: Int64 { 400 * 86_400 }

  /// Gives a browser a session's id.
  ///
  /// It keeps it for `lifetime`, in microseconds, rounded down to seconds, at least 1, at most 400
  /// days; 0: until it is closed. Expires counts from `now`, in microseconds since 1970 UTC.
  /// - Throws: `.invalid` for a negative lifetime; `.noMemory`.
  static func header(
    _ policy: CookiePolicy, _ id: SessionID, lifetime: Int64, now: Int64
  ) throws(StoreError) -> ByteBuffer {
    guard lifetime >= 0 else { throw StoreError(.invalid, "a cookie's lifetime is negative") }
    let header = try start(policy)
    try id.withBytes { id in Result { () throws(StoreError) in try header.append(id) } }.get()
    if lifetime > 0 {
      let age = max(1, min(maximumAge, lifetime / 1_000_000))
      let end = Timestamp(microseconds: now).seconds + age
      try header.append(age: UInt64(age), expires: end)
    }
    try header.append(attributesOf: policy)
    return header
  }

  /// Makes a browser forget the id: all attributes are those of `header`, or it would not take the
  /// cookie for the same.
  static func revocation(_ policy: CookiePolicy) throws(StoreError) -> ByteBuffer {
    let header = try start(policy)
    try header.append(age: 0, expires: 0)
    try header.append(attributesOf: policy)
    return header
  }

  private static func start(_ policy: CookiePolicy) throws(StoreError) -> ByteBuffer {
    let header = try ByteBuffer.make(capacity: 256)
    try header.append(text: policy.name)
    try header.append("=")
    return header
  }
}

extension ByteBuffer {
  /// Appends text, of which the first bytes may be left out.
  fileprivate func append(text: String, from start: Int = 0) throws(StoreError) {
    var text = text
    try text.withUTF8 { bytes in
      let bytes = UnsafeRawBufferPointer(bytes)
      return Result { () throws(StoreError) in try append(bytes.part(start..<bytes.count)) }
    }.get()
  }

  /// Both attributes, of which browsers take Max-Age, and what is older Expires.
  fileprivate func append(age: UInt64, expires: Int64) throws(StoreError) {
    try append("; Max-Age=")
    try append(number: age)
    try append("; Expires=")
    try append(date: expires)
  }

  fileprivate func append(attributesOf policy: CookiePolicy) throws(StoreError) {
    if let domain = policy.domain {
      try append("; Domain=")
      // A leading dot means nothing to browsers, and RFC 6265bis has servers leave it out.
      let hasDot = domain.utf8.first == UInt8(ascii: ".")
      try append(text: domain, from: hasDot ? 1 : 0)
    }
    try append("; Path=")
    try append(text: policy.path)
    if policy.isSecure { try append("; Secure") }
    if policy.isHTTPOnly { try append("; HttpOnly") }
    switch policy.sameSite {
    case .lax: try append("; SameSite=Lax")
    case .strict: try append("; SameSite=Strict")
    case .none: try append("; SameSite=None")
    case .unset: break
    }
    if policy.isPartitioned { try append("; Partitioned") }
  }

  /// Appends an IMF-fixdate (RFC 9110, section 5.6.7): "Thu, 01 Jan 1970 00:00:00 GMT".
  ///
  /// The time is in seconds since 1970 UTC; one outside the years 0 to 9999 becomes the nearest
  /// within.
  fileprivate func append(date seconds: Int64) throws(StoreError) {
    let time = CivilTime(seconds: max(-62_167_219_200, min(253_402_300_799, seconds)))
    try append(name: (time.dayNumber % 7 + 7) % 7, of: "ThuFriSatSunMonTueWed")
    try append(", ")
    try append(number: UInt64(time.date.day), digits: 2)
    try append(" ")
    try append(name: time.date.month - 1, of: "JanFebMarAprMayJunJulAugSepOctNovDec")
    try append(" ")
    try append(number: UInt64(time.date.year), digits: 4)
    try append(" ")
    try append(clock: time)
    try append(" GMT")
  }

  /// Appends one of several names of three letters each.
  private func append(name index: Int64, of names: StaticString) throws(StoreError) {
    let start = Int(index) * 3
    try append(names.bytes.part(start..<start + 3))
  }
}
