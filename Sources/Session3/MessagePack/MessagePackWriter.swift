// SPDX-License-Identifier: MIT

/// Appends MessagePack to a buffer, each part in its smallest form, so that equal values have equal
/// bytes. Knows nothing of what belongs where; see `check` of the reader.
struct MessagePackWriter {
  let buffer: ByteBuffer

  func null() throws(StoreError) {
    try buffer.append(byte: 0xc0)
  }

  func bool(_ value: Bool) throws(StoreError) {
    try buffer.append(byte: value ? 0xc3 : 0xc2)
  }

  func int(_ value: Int64) throws(StoreError) {
    switch value {
    case 0...: try uint(UInt64(value))
    case -32..<0: try buffer.append(byte: UInt8(truncatingIfNeeded: value))
    case -128 ..< -32: try head(0xd0, Int8(truncatingIfNeeded: value))
    case -32_768 ..< -128: try head(0xd1, Int16(truncatingIfNeeded: value))
    case -2_147_483_648 ..< -32_768: try head(0xd2, Int32(truncatingIfNeeded: value))
    default: try head(0xd3, value)
    }
  }

  func uint(_ value: UInt64) throws(StoreError) {
    switch value {
    case 0...0x7f: try buffer.append(byte: UInt8(value))
    case 0x80...0xff: try head(0xcc, UInt8(value))
    case 0x100...0xffff: try head(0xcd, UInt16(value))
    case 0x1_0000...0xffff_ffff: try head(0xce, UInt32(value))
    default: try head(0xcf, value)
    }
  }

  /// Always 64 bits: whether a number fits into 32 would be one more thing to agree on.
  func double(_ value: Double) throws(StoreError) {
    try head(0xcb, value.bitPattern)
  }

  func text(_ utf8: UnsafeRawBufferPointer) throws(StoreError) {
    switch utf8.count {
    case 0...31: try buffer.append(byte: 0xa0 | UInt8(utf8.count))
    case 32...0xff: try head(0xd9, UInt8(utf8.count))
    case 0x100...0xffff: try head(0xda, UInt16(utf8.count))
    default: try head(0xdb, try length(utf8.count))
    }
    try buffer.append(utf8)
  }

  func binary(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    switch bytes.count {
    case 0...0xff: try head(0xc4, UInt8(bytes.count))
    case 0x100...0xffff: try head(0xc5, UInt16(bytes.count))
    default: try head(0xc6, try length(bytes.count))
    }
    try buffer.append(bytes)
  }

  func timestamp(_ time: Timestamp) throws(StoreError) {
    switch Self.timestampLength(time) {
    case 6:
      try head(0xd6, Int8(-1))
      try buffer.append(bigEndian: UInt32(truncatingIfNeeded: time.seconds))
    case 10:
      try head(0xd7, Int8(-1))
      try buffer.append(bigEndian: UInt64(time.nanoseconds) << 34 | UInt64(time.seconds))
    default:
      try head(0xc7, UInt8(12))
      try buffer.append(bigEndian: Int8(-1))
      try buffer.append(bigEndian: time.nanoseconds)
      try buffer.append(bigEndian: time.seconds)
    }
  }

  func array(_ count: Int) throws(StoreError) {
    switch count {
    case 0...15: try buffer.append(byte: 0x90 | UInt8(count))
    case 16...0xffff: try head(0xdc, UInt16(count))
    default: try head(0xdd, try length(count))
    }
  }

  func map(_ count: Int) throws(StoreError) {
    switch count {
    case 0...15: try buffer.append(byte: 0x80 | UInt8(count))
    case 16...0xffff: try head(0xde, UInt16(count))
    default: try head(0xdf, try length(count))
    }
  }

  /// Appends a value that is MessagePack already, as it is.
  func encoded(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    try buffer.append(bytes)
  }

  /// Reads one value in any form and appends it in canonical form. It was checked before.
  func canonical(_ reader: inout MessagePackReader) throws(StoreError) {
    var pending = 1
    while pending > 0 {
      pending -= 1
      switch try reader.next() {
      case .null: try null()
      case .bool(let value): try bool(value)
      case .int(let value): try int(value)
      case .uint(let value): try uint(value)
      case .double(let value): try double(value)
      case .text(let range): try text(reader.bytes.part(range))
      case .binary(let range): try binary(reader.bytes.part(range))
      case .timestamp(let time): try timestamp(time)
      case .array(let count):
        try array(count)
        pending &+= count
      case .map(let count):
        try map(count)
        pending &+= 2 &* count
      }
    }
  }

  /// The bytes that a timestamp takes: 6 with whole seconds of 32 bits, 10 with seconds of 34 bits,
  /// else 15.
  static func timestampLength(_ time: Timestamp) -> Int {
    guard time.seconds >= 0, time.seconds >> 34 == 0 else { return 15 }
    return time.nanoseconds == 0 && time.seconds >> 32 == 0 ? 6 : 10
  }

  /// The bytes that the head of a map takes.
  static func mapHeadLength(_ count: Int) -> Int {
    count <= 15 ? 1 : count <= 0xffff ? 3 : 5
  }

  /// Writes the head of a map over `size` bytes, as many as `mapHeadLength` says.
  static func writeMapHead(_ count: Int, size: Int, to place: UnsafeMutableRawPointer) {
    switch size {
    case 1: place.storeBytes(of: 0x80 | UInt8(truncatingIfNeeded: count), as: UInt8.self)
    case 3:
      place.storeBytes(of: 0xde, as: UInt8.self)
      let length = UInt16(truncatingIfNeeded: count).bigEndian
      place.storeBytes(of: length, toByteOffset: 1, as: UInt16.self)
    default:
      place.storeBytes(of: 0xdf, as: UInt8.self)
      let length = UInt32(truncatingIfNeeded: count).bigEndian
      place.storeBytes(of: length, toByteOffset: 1, as: UInt32.self)
    }
  }

  private func head<Number: FixedWidthInteger & BitwiseCopyable>(
    _ lead: UInt8, _ number: Number
  ) throws(StoreError) {
    try buffer.append(byte: lead)
    try buffer.append(bigEndian: number)
  }

  private func length(_ count: Int) throws(StoreError) -> UInt32 {
    guard let length = UInt32(exactly: count) else {
      throw StoreError(.tooLarge, "a value of 4 GiB or more")
    }
    return length
  }
}
