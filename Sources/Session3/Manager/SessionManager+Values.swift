// SPDX-License-Identifier: MIT

#if !hasFeature(Embedded)

/// What Swift hosts call: text is `String`.
extension SessionManager {
  /// Begins a request: finds its session, or makes a new one, which is stored if anything is put into
  /// it.
  /// - Parameters:
  ///   - cookies: the request's Cookie header; several are joined by "; "; nil if there was none.
  ///   - remoteAddress: where the request came from; a new session keeps it.
  /// - Returns: the request.
  /// - Throws: where the store can't tell whose session it is: `.busy`, `.io`, `.noMemory`. A session
  ///   that can't be read is none: `SessionRequest.cookieStatus` tells.
  public func startRequest(
    cookies: String?, remoteAddress: String? = nil
  ) throws(StoreError) -> SessionRequest {
    let address = try remoteAddress.map { Value.text($0) }?.encoded()
    return try (cookies ?? "").withBytes { (cookies) throws(StoreError) in
      try startRequest(cookies: cookies, address: address)
    }
  }
}

extension SessionRequest {
  /// The value of the Set-Cookie header that the response is to have, once the request is finished or
  /// maintained; nil if none is to be sent.
  public var setCookieHeader: String? {
    guard let setCookie else { return nil }
    defer { keepAlive(setCookie) }
    return String(decoding: setCookie.bytes.dropLast(), as: UTF8.self)
  }
}

#endif
