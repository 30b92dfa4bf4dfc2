// SPDX-License-Identifier: MIT

/// libFuzzer's bytes, taken from the front; behind their end are zeros.
struct Input {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ data: UnsafePointer<UInt8>?, _ size: Int) {
    bytes = UnsafeRawBufferPointer(start: data, count: size)
  }

  var isAtEnd: Bool { position >= bytes.count }

  mutating func byte() -> UInt8 {
    guard position < bytes.count else { return 0 }
    defer { position += 1 }
    return bytes[position]
  }

  /// A number below a limit.
  mutating func number(below limit: Int) -> Int { Int(byte()) % limit }

  mutating func word() -> Int { Int(byte()) | Int(byte()) << 8 }

  /// So many bytes, or as many as there are.
  mutating func take(_ count: Int) -> [UInt8] {
    let end = min(bytes.count, position + count)
    defer { position = end }
    return Array(bytes[position..<end])
  }

  mutating func rest() -> [UInt8] { take(bytes.count - position) }
}

/// A copy in memory of its very size, behind which the address sanitizer watches.
func exact(_ bytes: [UInt8]) -> ByteBuffer {
  must("memory") { () throws(StoreError) in
    let buffer = try ByteBuffer.make(capacity: bytes.count)
    try buffer.append(zeros: bytes.count)
    bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      buffer.start.copyMemory(from: start, byteCount: source.count)
    }
    return buffer
  }
}

func array(_ buffer: ByteBuffer, from start: Int = 0) -> [UInt8] {
  let copy = Array(buffer.bytes[start...])
  keepAlive(buffer)
  return copy
}

extension StaticString {
  var array: [UInt8] { Array(bytes) }
}
