// SPDX-License-Identifier: MIT

/// What a session's cookie is called, and which requests carry it.
///
/// After RFC 6265bis (draft-ietf-httpbis-rfc6265bis), and CHIPS for partitioned cookies.
public struct CookiePolicy: Sendable {
  /// Which requests from other sites' pages carry the cookie; its raw value is that of `cookie.h`.
  public enum SameSite: UInt32, Sendable {
    /// Only when the user follows a link there, and the like.
    case lax = 1
    /// None: who comes by a link seems logged out at first.
    case strict
    /// All. Needs `isSecure`.
    case none
    /// The attribute is left out, and the browser decides.
    case unset
  }

  /// The longest name, path or domain, in bytes: browsers ignore longer attributes.
  public static let maximumLength = 1_024

  /// The cookie's name.
  public var name = "session3"
  /// The path at and below which requests carry it.
  public var path = "/"
  /// The host that, with those below, gets the cookie; nil: the one that set it, and no other.
  public var domain: String?
  /// Sent over HTTPS only (and to localhost).
  public var isSecure = false
  /// Hidden from the page's scripts.
  public var isHTTPOnly = true
  /// Kept apart for each top-level site that embeds this one. Needs `isSecure`.
  public var isPartitioned = false
  /// Which requests from other sites' pages carry the cookie.
  public var sameSite = SameSite.lax

  /// The cookie `session3`, for all paths of the host that set it, hidden from scripts, `SameSite=Lax`.
  public init() {}

  /// Checks that browsers keep the cookie; they drop others without a word.
  /// - Throws: `.invalid`, with the rule.
  public func check() throws(StoreError) {
    guard name.lent(isToken) else { throw Self.broken("a cookie's name is no token") }
    guard path.lent({ $0.first == UInt8(ascii: "/") }) else {
      throw Self.broken("a cookie's path does not begin with a slash")
    }
    guard path.lent(isAttributeText) else {
      throw Self.broken("a cookie's path has a control character, a semicolon or non-ASCII in it")
    }
    guard name.utf8.count <= Self.maximumLength, path.utf8.count <= Self.maximumLength,
      domain.map({ $0.utf8.count <= Self.maximumLength }) ?? true
    else { throw Self.tooLong }
    if let domain, !domain.lent(isHostName) {
      throw Self.broken("a cookie's domain is no host name")
    }
    try checkAttributes()
    try checkPrefix()
  }

  /// What says that a text is longer than `maximumLength`.
  static var tooLong: StoreError {
    broken("a cookie's name, path or domain is longer than 1,024 bytes")
  }

  private static func broken(_ rule: StaticString) -> StoreError { StoreError(.invalid, rule) }

  private func checkAttributes() throws(StoreError) {
    if isSecure { return }
    if sameSite == .none { throw Self.broken("a cookie with SameSite=None must be Secure") }
    if isPartitioned { throw Self.broken("a Partitioned cookie must be Secure") }
  }

  /// The promises that a name makes by its first characters.
  private func checkPrefix() throws(StoreError) {
    let isHost = begins("__host-")
    if !isSecure, isHost || begins("__secure-") || begins("__http-") {
      throw Self.broken("a cookie of this name prefix must be Secure")
    }
    if isHost, domain != nil || path.utf8.count != 1 {
      throw Self.broken("a cookie named __Host- must have the path / and no domain")
    }
    if !isHTTPOnly, begins("__http-") || begins("__host-http-") {
      throw Self.broken("a cookie named __Http- or __Host-Http- must be HttpOnly")
    }
  }

  /// Whether the name begins with a prefix, which is given in lower case, in any case.
  private func begins(_ prefix: StaticString) -> Bool {
    name.lent { name in
      let prefix = prefix.bytes
      guard name.count >= prefix.count else { return false }
      for index in prefix.indices {
        let byte = name[index]
        let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
        guard (isUpper ? byte | 0x20 : byte) == prefix[index] else { return false }
      }
      return true
    }
  }
}

extension String {
  /// Asks something about the UTF-8.
  fileprivate func lent(_ question: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    var text = self
    return text.withUTF8 { question(UnsafeRawBufferPointer($0)) }
  }
}

private func isLetterOrDigit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    return true
  default: return false
  }
}

/// Whether text is a token (RFC 9110, section 5.6.2).
private func isToken(_ text: UnsafeRawBufferPointer) -> Bool {
  for byte in text where !isLetterOrDigit(byte) {
    switch byte {
    case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"),
      UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"),
      UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      continue
    default: return false
    }
  }
  return text.count > 0
}

/// Whether an attribute's value can hold the text.
private func isAttributeText(_ text: UnsafeRawBufferPointer) -> Bool {
  for byte in text where byte < 0x20 || byte >= 0x7f || byte == UInt8(ascii: ";") {
    return false
  }
  return true
}

/// Whether text is a host name (RFC 1123, section 2.1), a leading dot aside: labels of 1 to 63
/// letters, digits and inner hyphens, 253 characters in all.
private func isHostName(_ text: UnsafeRawBufferPointer) -> Bool {
  let dot = UInt8(ascii: ".")
  let hyphen = UInt8(ascii: "-")
  let start = text.first == dot ? 1 : 0
  var label = 0
  var last = dot
  for index in start..<text.count {
    let byte = text[index]
    if byte == dot {
      guard label > 0, last != hyphen else { return false }
      label = 0
    } else {
      guard isLetterOrDigit(byte) || (byte == hyphen && label > 0) else { return false }
      label += 1
      guard label <= 63 else { return false }
    }
    last = byte
  }
  return label > 0 && last != hyphen && text.count - start <= 253
}
