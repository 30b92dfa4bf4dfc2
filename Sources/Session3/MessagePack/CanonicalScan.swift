// SPDX-License-Identifier: MIT

/// One quick pass over bytes that are most likely in canonical form, as this library wrote them.
///
/// It says yes where that is sure. Wherever it is not, the checks of MessagePackReader and of Payload
/// have the word: they tell what is wrong, and know the forms that are right but not canonical.
struct CanonicalScan {
  private var position: UnsafeRawPointer
  private let end: UnsafeRawPointer

  /// `bytes`: not empty.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return nil }
    position = start
    end = start + bytes.count
  }

  private var left: Int { end - position }
  var isAtEnd: Bool { position == end }
  var isAtNull: Bool { lead == 0xc0 }

  /// The next byte; at the end the one that MessagePack never uses.
  @inline(__always)
  private var lead: UInt8 {
    left > 0 ? position.load(as: UInt8.self) : 0xc1
  }

  /// The big-endian number behind the lead.
  @inline(__always)
  private func number<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type) -> Number? {
    guard left > MemoryLayout<Number>.size else { return nil }
    return Number(bigEndian: position.loadUnaligned(fromByteOffset: 1, as: Number.self))
  }

  // MARK: Heads

  /// The number of entries of a map of less than 65,536.
  @inline(__always)
  mutating func map() -> Int? {
    head(short: 0x80, long: 0xde)
  }

  @inline(__always)
  mutating func array() -> Int? {
    head(short: 0x90, long: 0xdc)
  }

  @inline(__always)
  private mutating func head(short: UInt8, long: UInt8) -> Int? {
    let lead = lead
    if lead & 0xf0 == short {
      position += 1
      return Int(lead & 0x0f)
    }
    guard lead == long, let count = number(UInt16.self), count > 15 else { return nil }
    position += 3
    return Int(count)
  }

  /// A text: its UTF-8.
  @inline(__always)
  mutating func text() -> UnsafeRawBufferPointer? {
    let lead = lead
    guard lead & 0xe0 == 0xa0 else { return longText(lead) }
    return text(behind: 1, Int(lead & 0x1f))
  }

  @inline(never)
  private mutating func longText(_ lead: UInt8) -> UnsafeRawBufferPointer? {
    switch lead {
    case 0xd9:
      guard let length = number(UInt8.self), length > 31 else { return nil }
      return text(behind: 2, Int(length))
    case 0xda:
      guard let length = number(UInt16.self), length > 0xff else { return nil }
      return text(behind: 3, Int(length))
    case 0xdb:
      guard let length = number(UInt32.self), length > 0xffff else { return nil }
      return text(behind: 5, Int(length))
    default: return nil
    }
  }

  @inline(__always)
  private mutating func text(behind head: Int, _ length: Int) -> UnsafeRawBufferPointer? {
    guard length <= left &- head else { return nil }
    let text = UnsafeRawBufferPointer(start: position + head, count: length)
    guard isASCII(text) || isValidUTF8(text) else { return nil }
    position += head &+ length
    return text
  }

  // MARK: Values

  /// Passes over a whole value.
  mutating func value(depth: Int = 0) -> Bool {
    let lead = lead
    switch lead {
    case 0x00...0x7f, 0xe0...0xff, 0xc2, 0xc3: return pass(1)
    case 0xa0...0xbf, 0xd9...0xdb: return text() != nil
    case 0x90...0x9f, 0xdc:
      guard depth < MessagePackReader.maximumDepth, let count = array() else { return false }
      for _ in 0..<count where !value(depth: depth &+ 1) { return false }
      return true
    case 0x80...0x8f, 0xde:
      guard depth < MessagePackReader.maximumDepth, let count = map() else { return false }
      return entries(count, depth: depth &+ 1)
    case 0xcb: return left > 8 && pass(9)
    case 0xcc...0xd3: return integer(lead)
    default: return scalar()
    }
  }

  @inline(__always)
  private mutating func pass(_ count: Int) -> Bool {
    position += count
    return true
  }

  /// An integer that no shorter form holds.
  private mutating func integer(_ lead: UInt8) -> Bool {
    switch lead {
    case 0xcc: if let value = number(UInt8.self), value > 0x7f { return pass(2) }
    case 0xcd: if let value = number(UInt16.self), value > 0xff { return pass(3) }
    case 0xce: if let value = number(UInt32.self), value > 0xffff { return pass(5) }
    case 0xcf: if let value = number(UInt64.self), value > 0xffff_ffff { return pass(9) }
    case 0xd0: if let value = number(Int8.self), value < -32 { return pass(2) }
    case 0xd1: if let value = number(Int16.self), value < -128 { return pass(3) }
    case 0xd2: if let value = number(Int32.self), value < -32_768 { return pass(5) }
    default: if let value = number(Int64.self), value < -2_147_483_648 { return pass(9) }
    }
    return false
  }

  /// The forms that are rarer, as the reader has them.
  @inline(never)
  private mutating func scalar() -> Bool {
    var reader = MessagePackReader(UnsafeRawBufferPointer(start: position, count: left))
    guard let token = try? reader.next(), reader.isCanonical else { return false }
    switch token {
    case .array, .map, .text: return false
    default: return pass(reader.offset)
    }
  }

  // MARK: Entries

  /// Passes over entries whose keys are in ascending order.
  ///
  /// `value`: passes over the value of a key.
  @inline(__always)
  mutating func sortedEntries(
    _ count: Int, _ value: (UnsafeRawBufferPointer, inout CanonicalScan) -> Bool
  ) -> Bool {
    var previous = UnsafeRawBufferPointer(start: position, count: 0)
    for index in 0..<count {
      guard let key = text(), index == 0 || isAscending(previous, key), value(key, &self)
      else { return false }
      previous = key
    }
    return true
  }

  /// The entries of a map within a value, whose keys may be in any order. Of one of many entries only
  /// ascending keys are sure to differ.
  private mutating func entries(_ count: Int, depth: Int) -> Bool {
    var keys = InlineArray<16, UnsafeRawBufferPointer>(
      repeating: UnsafeRawBufferPointer(start: position, count: 0))
    var isSorted = true
    for index in 0..<count {
      guard let key = text() else { return false }
      if isSorted, index > 0 { isSorted = isAscending(keys[(index &- 1) & 15], key) }
      if !isSorted {
        guard index < 16 else { return false }
        for other in 0..<index where areEqual(keys[other & 15], key) { return false }
      }
      keys[index & 15] = key
      guard value(depth: depth) else { return false }
    }
    return true
  }

  /// Whether keys that are followed by other bytes are in ascending order. Mostly the first bytes tell.
  @inline(__always)
  private func isAscending(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
    if let a = one.first, let b = other.first, a != b { return a < b }
    return order(one, other) < 0
  }
}
