// SPDX-License-Identifier: MIT

/// The queue of a session's outstanding form tokens: an array of text in its payload.
struct FormTokens {
  /// How many are kept; the oldest gives way.
  static let maximum = 32

  private let bytes: UnsafeRawBufferPointer
  /// Oldest first.
  private(set) var tokens: [Range<Int>] = []

  /// No tokens.
  static var none: FormTokens { FormTokens() }

  private init() {
    bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// The tokens of a payload in the storage of a record, which must outlive this value.
  init(in storage: UnsafeRawBufferPointer) throws(StoreError) {
    guard let field = try Payload.field(Payload.formTokens, in: storage) else {
      self = .none
      return
    }
    try self.init(encoded: field)
  }

  /// The tokens of an encoded array.
  init(encoded: UnsafeRawBufferPointer) throws(StoreError) {
    bytes = encoded
    var reader = MessagePackReader(encoded)
    guard case .array(let count) = try reader.next() else {
      throw StoreError(.value, "form tokens are not an array")
    }
    for _ in 0..<count {
      guard case .text(let token) = try reader.next() else {
        throw StoreError(.value, "a form token is not text")
      }
      tokens.append(token)
    }
  }

  /// Whether a token is among them; compared in constant time.
  func contains(_ token: UnsafeRawBufferPointer) -> Bool {
    var isFound = false
    for known in tokens where areEqualInConstantTime(bytes.part(known), token) { isFound = true }
    return isFound
  }

  /// The encoded queue with one more token, the oldest left out where it would be too long.
  func appending(_ token: UnsafeRawBufferPointer) throws(StoreError) -> ByteBuffer {
    try Self.encode(kept(tokens.count + 1), of: bytes, and: token)
  }

  /// The encoded queue, the oldest left out where there are too many.
  func newest() throws(StoreError) -> ByteBuffer {
    try Self.encode(kept(tokens.count), of: bytes, and: nil)
  }

  /// The encoded queue without a token.
  /// - Returns: nil if nothing is left.
  func removing(_ token: UnsafeRawBufferPointer) throws(StoreError) -> ByteBuffer? {
    let rest = tokens.filter { !areEqual(bytes.part($0), token) }
    return rest.isEmpty ? nil : try Self.encode(rest[...], of: bytes, and: nil)
  }

  /// Merges two queues that began as one: as a set, what either took out is out, what either put in
  /// is in.
  /// - Returns: nil if nothing is left.
  static func merge(
    base: FormTokens, theirs: FormTokens, ours: FormTokens
  ) throws(StoreError) -> ByteBuffer? {
    let merged = try ByteBuffer.make(capacity: 64)
    let writer = MessagePackWriter(buffer: merged)
    let fromThem = theirs.tokens.filter { token in
      let token = theirs.bytes.part(token)
      return !base.contains(token) || ours.contains(token)
    }
    let fromUs = ours.tokens.filter { token in
      let token = ours.bytes.part(token)
      return !base.contains(token) && !theirs.contains(token)
    }
    let count = fromThem.count + fromUs.count
    guard count > 0 else { return nil }
    var surplus = max(0, count - maximum)
    try writer.array(count - surplus)
    for token in fromThem {
      if surplus > 0 { surplus -= 1 } else { try writer.text(theirs.bytes.part(token)) }
    }
    for token in fromUs {
      if surplus > 0 { surplus -= 1 } else { try writer.text(ours.bytes.part(token)) }
    }
    return merged
  }

  private func kept(_ count: Int) -> ArraySlice<Range<Int>> {
    tokens.dropFirst(max(0, count - Self.maximum))
  }

  private static func encode(
    _ tokens: ArraySlice<Range<Int>>, of bytes: UnsafeRawBufferPointer,
    and last: UnsafeRawBufferPointer?
  ) throws(StoreError) -> ByteBuffer {
    let buffer = try ByteBuffer.make(capacity: 5 &+ (tokens.count &+ 1) &* 24)
    let writer = MessagePackWriter(buffer: buffer)
    try writer.array(tokens.count + (last == nil ? 0 : 1))
    for token in tokens { try writer.text(bytes.part(token)) }
    if let last { try writer.text(last) }
    return buffer
  }
}
