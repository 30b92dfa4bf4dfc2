// SPDX-License-Identifier: MIT
internal import CSession3System

/// What must not be guessed, and what must not repeat.
enum Randomness {
  /// The length of a token: 128 bits in base64url without padding.
  static let tokenLength = 22

  /// 128 bits of getrandom(2), for a keyed hash.
  static func salt() throws(StoreError) -> (UInt64, UInt64) {
    var bits: (UInt64, UInt64) = (0, 0)
    let result = withUnsafeMutableBytes(of: &bits) { system_random($0.baseAddress, $0.count) }
    guard result == 0 else { throw StoreError(call: "getrandom", errno: -result) }
    return bits
  }

  /// 128 bits that nobody can guess, as 22 characters of base64url (RFC 4648, section 5).
  static func token() throws(StoreError) -> InlineArray<22, UInt8> {
    var bits = try salt()
    var text = InlineArray<22, UInt8>(repeating: 0)
    // From the top, six bits a character; the last one carries two bits and four zeros.
    for index in 0..<22 {
      text[index] = character(UInt8(truncatingIfNeeded: bits.1 >> 58))
      bits.1 = bits.1 << 6 | bits.0 >> 58
      bits.0 <<= 6
    }
    return text
  }

  /// A number that no other call answers, on this machine or another; not secret.
  static func unique() throws(StoreError) -> UInt64 {
    var number: UInt64 = 0
    let result = system_unique(&number)
    guard result == 0 else { throw StoreError(call: "getrandom", errno: -result) }
    return number
  }

  private static func character(_ sextet: UInt8) -> UInt8 {
    switch sextet {
    case 0..<26: UInt8(ascii: "A") + sextet
    case 26..<52: UInt8(ascii: "a") + sextet - 26
    case 52..<62: UInt8(ascii: "0") + sextet - 52
    case 62: UInt8(ascii: "-")
    default: UInt8(ascii: "_")
    }
  }
}
