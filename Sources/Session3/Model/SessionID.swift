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
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard Self.isValid(bytes) else { return nil }
    storage = InlineArray(repeating: 0)
    withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
    length = UInt8(bytes.count)
  }

  /// An id from text.
  /// - Returns: nil if it is no id by the grammar.
  public init?(_ text: String) {
    var text = text
    let id = text.withUTF8 { SessionID(UnsafeRawBufferPointer($0)) }
    guard let id else { return nil }
    self = id
  }

  /// A new id: 128 bits of getrandom(2) as 22 characters of base64url.
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
  public static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count > 0, bytes.count <= maximumLength else { return false }
    for byte in bytes {
      let allowed: UInt64 = byte < 64 ? Self.allowedBelow64 : Self.allowedFrom64
      guard byte < 128, allowed >> UInt64(byte & 63) & 1 == 1 else { return false }
    }
    return true
  }

  // A bit for each character that an id may have: `-` and digits; letters and `_`.
  private static var allowedBelow64: UInt64 { 0x03ff_2000_0000_0000 }
  private static var allowedFrom64: UInt64 { 0x07ff_fffe_87ff_fffe }

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
  public static func == (left: SessionID, right: SessionID) -> Bool {
    left.withBytes { mine in right.withBytes { areEqual(mine, $0) } }
  }

  public func hash(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: $0) }
  }
}

#if !hasFeature(Embedded)

/// Printing and dumping show the type alone.
extension SessionID: CustomStringConvertible, CustomReflectable {
  public var description: String { "SessionID" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

#endif
