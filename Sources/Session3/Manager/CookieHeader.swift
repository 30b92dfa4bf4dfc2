// SPDX-License-Identifier: MIT

/// A request's Cookie header, read leniently, as RFC 6265bis asks of servers.
///
/// Pairs are parted by `;`, blanks around names and values are dropped, as is one pair of double
/// quotes around a value; what has no `=` is passed over. It borrows the header's bytes.
struct CookieHeader {
  /// As much of a header is looked at, in bytes; a cookie that ends beyond is not seen.
  static var maximumLength: Int { 8_192 }

  private let bytes: UnsafeRawBufferPointer
  /// Where the search goes on.
  private(set) var position: Int

  /// A header as it came, any bytes, and where the search begins: past the end it finds nothing.
  init(_ bytes: UnsafeRawBufferPointer, position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  /// The next value of a cookie, borrowed from the header.
  mutating func next(named name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    while let pair = nextPair() {
      guard let separator = index(of: UInt8(ascii: "="), in: pair) else { continue }
      let found = trimmed(pair.lowerBound..<separator)
      if areEqual(bytes.part(found), name) {
        return bytes.part(unquoted(trimmed(separator + 1..<pair.upperBound)))
      }
    }
    return nil
  }

  /// What stands up to the next `;`, and steps behind that.
  private mutating func nextPair() -> Range<Int>? {
    guard position >= 0, position < bytes.count, position <= Self.maximumLength else { return nil }
    // One byte more than the limit, since that byte tells that a cookie ends there.
    let seen = min(bytes.count, Self.maximumLength + 1)
    guard let end = index(of: UInt8(ascii: ";"), in: position..<seen) else {
      guard bytes.count <= Self.maximumLength else { return nil }
      defer { position = bytes.count }
      return position..<bytes.count
    }
    defer { position = end + 1 }
    return position..<end
  }

  private func index(of byte: UInt8, in range: Range<Int>) -> Int? {
    for index in range where bytes[index] == byte { return index }
    return nil
  }

  private func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isBlank(bytes[start]) { start += 1 }
    while start < end, isBlank(bytes[end - 1]) { end -= 1 }
    return start..<end
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private func unquoted(_ range: Range<Int>) -> Range<Int> {
    let quote = UInt8(ascii: "\"")
    guard range.count >= 2, bytes[range.lowerBound] == quote, bytes[range.upperBound - 1] == quote
    else { return range }
    return range.lowerBound + 1..<range.upperBound - 1
  }
}
