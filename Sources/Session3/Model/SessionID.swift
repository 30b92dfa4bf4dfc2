// SPDX-License-Identifier: MIT

/// The name of a session: 1 to 128 characters of `A-Z a-z 0-9 _ -`.
///
/// Nothing else ever becomes a file name, a key of a custom store, or a cookie. Its
/// `description` does not show it: an id is a secret, and whoever holds it is logged in.
public struct SessionID: Sendable {
  /// The longest id, in bytes.
  public static let maximumLength = 128

  // One more than the longest, so that a NUL always follows.
  private var storage: InlineArray<129, UInt8>
  private let length: UInt8

  /// An id from bytes that nobody vouches for.
  /// - Returns: nil if they are no id by the grammar.
  @inline(__always)
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard Self.isValid(bytes) else { return nil }
    self.init(valid: bytes)
  }

  @inline(__always)
  private init(valid bytes: UnsafeRawBufferPointer) {
    storage = InlineArray(repeating: 0)
    withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
    length = UInt8(bytes.count)
  }

  /// An id from text that nobody vouches for: a cookie's, a form's. Nil if it is no id by the grammar.
  /// - Parameter text: any text.
  public init?(_ text: String) {
    var text = text
    let id = text.withUTF8 { SessionID(UnsafeRawBufferPointer($0)) }
    guard let id else { return nil }
    self = id
  }

  /// A new id: 128 bits of getrandom(2) as 22 characters of base64url.
  /// - Returns: an id that nobody can guess, and no other call answers.
  /// - Throws: `.io` if the system gives no random bytes.
  public static func generate() throws(StoreError) -> SessionID {
    let token = try Randomness.token()
    var storage = InlineArray<129, UInt8>(repeating: 0)
    for index in token.indices { storage[index] = token[index] }
    return SessionID(storage: storage, length: UInt8(Randomness.tokenLength))
  }

  private init(storage: InlineArray<129, UInt8>, length: UInt8) {
    self.storage = storage
    self.length = length
  }

  /// Whether bytes are an id by the grammar.
  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count > 0, bytes.count <= maximumLength else { return false }
    guard bytes.count >= 8 else {
      return bytes.allSatisfy { areAllowed(UInt64($0) &* 0x0101_0101_0101_0101) }
    }
    // Eight at a time, the last eight once more where they overlap.
    var offset = 0
    while offset < bytes.count &- 8 {
      guard areAllowed(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) else {
        return false
      }
      offset &+= 8
    }
    return areAllowed(bytes.loadUnaligned(fromByteOffset: bytes.count &- 8, as: UInt64.self))
  }

  /// Whether an id may have each of eight bytes. The highest bit of a byte tells of it; ASCII has it
  /// free.
  @inline(__always)
  private static func areAllowed(_ bytes: UInt64) -> Bool {
    let letters = among(UInt8(ascii: "a"), UInt8(ascii: "z"), bytes | 0x2020_2020_2020_2020)
    let digits = among(UInt8(ascii: "0"), UInt8(ascii: "9"), bytes)
    let underscores = among(UInt8(ascii: "_"), UInt8(ascii: "_"), bytes)
    let hyphens = among(UInt8(ascii: "-"), UInt8(ascii: "-"), bytes)
    let allowed = (letters | digits | underscores | hyphens) & ~bytes
    return allowed & 0x8080_8080_8080_8080 == 0x8080_8080_8080_8080
  }

  /// Sets the highest bit of each ASCII byte in a range.
  @inline(__always)
  private static func among(_ first: UInt8, _ last: UInt8, _ bytes: UInt64) -> UInt64 {
    let each: UInt64 = 0x0101_0101_0101_0101
    let low = bytes & 0x7f7f_7f7f_7f7f_7f7f
    return (low &+ each &* UInt64(0x80 - first)) & ~(low &+ each &* UInt64(0x7f - last))
  }

  /// The id's length in bytes.
  public var count: Int { Int(length) }

  /// The id as text, to hand it to its browser.
  public var text: String {
    withBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// A copy of the id as a C string.
  func cText() throws(StoreError) -> ByteBuffer {
    let text = try ByteBuffer.make(capacity: count + 1)
    try withBytes { bytes in Result { () throws(StoreError) in try text.append(bytes) } }.get()
    try text.append(byte: 0)
    return text
  }

  /// Lends the bytes of the id, behind which a NUL stands.
  func withBytes<Result: ~Copyable>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(of: storage) { body(UnsafeRawBufferPointer(rebasing: $0[0..<count])) }
  }

  /// Lends the id as a C string.
  func withCString<Result: ~Copyable>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    withUnsafePointer(to: storage) {
      $0.withMemoryRebound(to: CChar.self, capacity: 129) { body($0) }
    }
  }
}

extension SessionID: Hashable {
  /// Whether both are one id.
  public static func == (left: SessionID, right: SessionID) -> Bool {
    left.withBytes { mine in right.withBytes { areEqual(mine, $0) } }
  }

  /// Feeds the id's bytes to a hasher.
  public func hash(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: $0) }
  }
}

#if !hasFeature(Embedded)

/// Printing and dumping show the type alone.
extension SessionID: CustomStringConvertible, CustomReflectable {
  /// "SessionID", whatever the id is.
  public var description: String { "SessionID" }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

#endif
