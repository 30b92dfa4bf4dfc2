// SPDX-License-Identifier: MIT

/// Reading one encoded value that is somebody else's memory.
struct EncodedValue {
  let bytes: UnsafeRawBufferPointer

  /// The first part: the scalar itself, or the head of an array or map.
  func token() throws(StoreError) -> MessagePackToken {
    var reader = MessagePackReader(bytes)
    return try reader.next()
  }

  /// A copy in canonical form, after a check of all of it.
  /// - Throws: `.value` if it is no value that can be stored, or bytes follow it.
  func canonical() throws(StoreError) -> ByteBuffer {
    var reader = MessagePackReader(bytes)
    try reader.check()
    guard reader.isAtEnd else {
      throw StoreError(.value, "bytes follow the value", offset: reader.offset)
    }
    if reader.isCanonical { return try ByteBuffer.make(copying: bytes) }
    let buffer = try ByteBuffer.make(capacity: bytes.count)
    var source = MessagePackReader(bytes)
    try MessagePackWriter(buffer: buffer).canonical(&source)
    return buffer
  }

  func bool() throws(StoreError) -> Bool {
    guard case .bool(let value) = try token() else { throw Self.otherType }
    return value
  }

  func int() throws(StoreError) -> Int64 {
    switch try token() {
    case .int(let value): return value
    case .uint: throw StoreError(.range, "the number does not fit into 64 bits with a sign")
    default: throw Self.otherType
    }
  }

  func uint() throws(StoreError) -> UInt64 {
    switch try token() {
    case .uint(let value): return value
    case .int(let value):
      guard let value = UInt64(exactly: value) else {
        throw StoreError(.range, "the number is negative")
      }
      return value
    default: throw Self.otherType
    }
  }

  func double() throws(StoreError) -> Double {
    guard case .double(let value) = try token() else { throw Self.otherType }
    return value
  }

  func timestamp() throws(StoreError) -> Timestamp {
    guard case .timestamp(let value) = try token() else { throw Self.otherType }
    return value
  }

  func text() throws(StoreError) -> UnsafeRawBufferPointer {
    guard case .text(let range) = try token() else { throw Self.otherType }
    return bytes.part(range)
  }

  func binary() throws(StoreError) -> UnsafeRawBufferPointer {
    guard case .binary(let range) = try token() else { throw Self.otherType }
    return bytes.part(range)
  }

  private static var otherType: StoreError { StoreError(.type, "the value has another type") }
}
