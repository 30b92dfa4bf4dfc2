// SPDX-License-Identifier: MIT

/// One part of a MessagePack stream. Text and binary are ranges of the reader's bytes.
enum MessagePackToken {
  case null
  case bool(Bool)
  case int(Int64)
  /// An integer above `Int64.max`.
  case uint(UInt64)
  case double(Double)
  case text(Range<Int>)
  case binary(Range<Int>)
  case timestamp(Timestamp)
  /// The number of elements that follow.
  case array(Int)
  /// The number of pairs of key and value that follow.
  case map(Int)
}

/// A cursor over MessagePack bytes that nobody vouches for.
///
/// Every length is bounded by the bytes that are there before it is used. On an error the cursor
/// stays where it was, and the error tells the offset.
struct MessagePackReader {
  let bytes: UnsafeRawBufferPointer
  private(set) var offset: Int
  /// Whether all that was read so far has the form that the writer would have chosen.
  private(set) var isCanonical = true

  init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
    self.bytes = bytes
    self.offset = max(0, min(offset, bytes.count))
  }

  var isAtEnd: Bool { offset == bytes.count }

  /// Reads one part: a scalar, or the head of an array or map.
  mutating func next() throws(StoreError) -> MessagePackToken {
    let start = offset
    do throws(StoreError) {
      return try parse()
    } catch {
      offset = start
      throw error
    }
  }

  /// Passes over a small integer or a short text, which is most of what a session holds; each has a
  /// head of one byte.
  /// - Returns: the bytes of the text; an empty range for an integer; nil if it is something else, or
  ///   ends too early.
  @inline(__always)
  mutating func nextSmall() -> Range<Int>? {
    guard offset < bytes.count else { return nil }
    let lead = bytes[offset]
    if lead < 0x80 || lead >= 0xe0 {
      offset += 1
      return offset..<offset
    }
    guard lead & 0xe0 == 0xa0 else { return nil }
    let length = Int(lead & 0x1f)
    guard length < bytes.count - offset else { return nil }
    let start = offset + 1
    offset = start + length
    return start..<offset
  }

  /// Reads a text.
  @inline(__always)
  mutating func text() throws(StoreError) -> Range<Int> {
    if offset < bytes.count, bytes[offset] & 0xe0 == 0xa0, let short = nextSmall() { return short }
    let start = offset
    guard case .text(let range) = try next() else {
      offset = start
      throw StoreError(.value, "text was expected", offset: start)
    }
    return range
  }

  /// Passes over one whole value.
  mutating func skip() throws(StoreError) {
    let start = offset
    var pending = 1
    do throws(StoreError) {
      while pending > 0 {
        pending -= 1
        if offset < bytes.count {
          let size = ScalarSize.behind(bytes[offset])
          if size > 0, size <= bytes.count &- offset {
            offset &+= size
            continue
          }
        }
        switch try parse() {
        case .array(let count): pending &+= count
        case .map(let count): pending &+= 2 &* count
        default: break
        }
      }
    } catch {
      offset = start
      throw error
    }
  }

  private mutating func parse() throws(StoreError) -> MessagePackToken {
    let lead: UInt8 = try number()
    switch lead {
    case 0x00...0x7f: return .int(Int64(lead))
    case 0x80...0x8f: return try map(Int(lead & 0x0f))
    case 0x90...0x9f: return try array(Int(lead & 0x0f))
    case 0xa0...0xbf: return .text(try take(Int(lead & 0x1f)))
    case 0xc0: return .null
    case 0xc2: return .bool(false)
    case 0xc3: return .bool(true)
    case 0xe0...0xff: return .int(Int64(Int8(bitPattern: lead)))
    case 0xca, 0xcb: return try float(lead)
    case 0xcc...0xd3: return try integer(lead)
    case 0xc4...0xc6, 0xd9...0xdb, 0xdc...0xdf: return try sized(lead)
    case 0xc7...0xc9, 0xd4...0xd8: return .timestamp(try timestamp(lead))
    default: throw malformed("the byte 0xc1, which MessagePack never uses", back: 1)
    }
  }

  private mutating func float(_ lead: UInt8) throws(StoreError) -> MessagePackToken {
    if lead == 0xcb { return .double(Double(bitPattern: try number())) }
    isCanonical = false
    return .double(Double(Float(bitPattern: try number())))
  }

  private mutating func integer(_ lead: UInt8) throws(StoreError) -> MessagePackToken {
    switch lead {
    case 0xcc: return unsigned(UInt64(try number() as UInt8), above: 0x7f)
    case 0xcd: return unsigned(UInt64(try number() as UInt16), above: 0xff)
    case 0xce: return unsigned(UInt64(try number() as UInt32), above: 0xffff)
    case 0xcf: return unsigned(try number(), above: 0xffff_ffff)
    case 0xd0: return signed(Int64(Int8(bitPattern: try number())), below: -32)
    case 0xd1: return signed(Int64(Int16(bitPattern: try number())), below: -128)
    case 0xd2: return signed(Int64(Int32(bitPattern: try number())), below: -32_768)
    default: return signed(Int64(bitPattern: try number()), below: -2_147_483_648)
    }
  }

  private mutating func unsigned(_ value: UInt64, above smaller: UInt64) -> MessagePackToken {
    if value <= smaller { isCanonical = false }
    guard let int = Int64(exactly: value) else { return .uint(value) }
    return .int(int)
  }

  private mutating func signed(_ value: Int64, below smaller: Int64) -> MessagePackToken {
    if value >= smaller { isCanonical = false }
    return .int(value)
  }

  private mutating func sized(_ lead: UInt8) throws(StoreError) -> MessagePackToken {
    switch lead {
    case 0xc4: return .binary(try take(try length8(above: -1)))
    case 0xc5: return .binary(try take(try length16(above: 0xff)))
    case 0xc6: return .binary(try take(try length32()))
    case 0xd9: return .text(try take(try length8(above: 31)))
    case 0xda: return .text(try take(try length16(above: 0xff)))
    case 0xdb: return .text(try take(try length32()))
    case 0xdc: return try array(try length16(above: 15))
    case 0xdd: return try array(try length32())
    case 0xde: return try map(try length16(above: 15))
    default: return try map(try length32())
    }
  }

  private mutating func length8(above smaller: Int) throws(StoreError) -> Int {
    let length = Int(try number() as UInt8)
    if length <= smaller { isCanonical = false }
    return length
  }

  private mutating func length16(above smaller: Int) throws(StoreError) -> Int {
    let length = Int(try number() as UInt16)
    if length <= smaller { isCanonical = false }
    return length
  }

  private mutating func length32() throws(StoreError) -> Int {
    let length = Int(try number() as UInt32)
    if length <= 0xffff { isCanonical = false }
    return length
  }

  /// An array's elements are a byte each at least, so its count is bounded by what is left.
  private func array(_ count: Int) throws(StoreError) -> MessagePackToken {
    guard count <= bytes.count - offset else { throw truncated() }
    return .array(count)
  }

  private func map(_ count: Int) throws(StoreError) -> MessagePackToken {
    guard count <= (bytes.count - offset) / 2 else { throw truncated() }
    return .map(count)
  }

  /// Extension type -1 in 4, 8 or 12 bytes.
  private mutating func timestamp(_ lead: UInt8) throws(StoreError) -> Timestamp {
    let start = offset
    let length: Int
    switch lead {
    case 0xc7: length = Int(try number() as UInt8)
    case 0xc8: length = Int(try number() as UInt16)
    case 0xc9: length = Int(try number() as UInt32)
    default: length = 1 << Int(lead - 0xd4)
    }
    guard Int8(bitPattern: try number()) == -1 else {
      throw malformed("an unknown extension type", back: offset - start + 1)
    }
    let parsed: Timestamp?
    switch length {
    case 4: parsed = Timestamp(seconds: Int64(try number() as UInt32), nanoseconds: 0)
    case 8:
      let word: UInt64 = try number()
      parsed = Timestamp(
        seconds: Int64(word & 0x3_ffff_ffff), nanoseconds: UInt32(word >> 34))
    case 12:
      let nanoseconds: UInt32 = try number()
      parsed = Timestamp(seconds: Int64(bitPattern: try number()), nanoseconds: nanoseconds)
    default: parsed = nil
    }
    guard let parsed else {
      throw malformed("an invalid timestamp", back: offset - start + 1)
    }
    if MessagePackWriter.timestampLength(parsed) != offset - start + 1 { isCanonical = false }
    return parsed
  }

  @inline(__always)
  private mutating func take(_ length: Int) throws(StoreError) -> Range<Int> {
    guard length <= bytes.count - offset else { throw truncated() }
    let range = offset..<(offset + length)
    offset += length
    return range
  }

  @inline(__always)
  private mutating func number<Number: FixedWidthInteger & BitwiseCopyable>()
    throws(StoreError) -> Number
  {
    let size = MemoryLayout<Number>.size
    guard size <= bytes.count - offset else { throw truncated() }
    let raw = bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
    offset += size
    return Number(bigEndian: raw)
  }

  private func truncated() -> StoreError {
    StoreError(.value, "the MessagePack bytes end too early", offset: offset)
  }

  private func malformed(_ cause: StaticString, back: Int) -> StoreError {
    StoreError(.value, cause, offset: offset - back)
  }
}
