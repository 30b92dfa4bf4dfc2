// SPDX-License-Identifier: MIT
@testable import Session3

/// Bytes from hexadecimal digits, blanks ignored: "81 a1 61 01".
func hex(_ digits: String) -> [UInt8] {
  let digits = digits.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
  precondition(digits.count.isMultiple(of: 2), "half a byte")
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

/// What a writer makes of `body`.
func written(
  _ body: (MessagePackWriter) throws(StoreError) -> Void
) throws(StoreError) -> [UInt8] {
  let buffer = try ByteBuffer.make(capacity: 0)
  try body(MessagePackWriter(buffer: buffer))
  return buffer.copy
}

extension ByteBuffer {
  /// The bytes as an array, which outlives the buffer.
  var copy: [UInt8] {
    defer { keepAlive(self) }
    return Array(bytes)
  }

  /// A buffer that holds `bytes`.
  static func make(_ bytes: [UInt8]) throws(StoreError) -> ByteBuffer {
    try bytes.withBytes { (bytes) throws(StoreError) in try make(copying: bytes) }
  }
}

extension Value {
  /// The canonical encoding.
  var bytes: [UInt8] {
    get throws(StoreError) { try encoded().copy }
  }

  /// Decodes bytes that hold one value.
  static func decoded(_ bytes: [UInt8]) throws(StoreError) -> Value {
    try bytes.withBytes { (bytes) throws(StoreError) in
      var reader = MessagePackReader(bytes)
      return try Value(&reader)
    }
  }
}

/// A part of a MessagePack stream in words, to compare it.
func words(for token: MessagePackToken) -> String {
  switch token {
  case .null: "nil"
  case .bool(let value): "\(value)"
  case .int(let value): "int \(value)"
  case .uint(let value): "uint \(value)"
  case .double(let value): "double \(value)"
  case .text(let range): "text \(range)"
  case .binary(let range): "binary \(range)"
  case .timestamp(let time): "time \(time.seconds) \(time.nanoseconds)"
  case .array(let count): "array \(count)"
  case .map(let count): "map \(count)"
  }
}
