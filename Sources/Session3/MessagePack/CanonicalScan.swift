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

  // MARK: Texts

  /// A text that was passed over.
  struct Text {
    let bytes: UnsafeRawBufferPointer
    /// The first eight bytes as a big-endian number, behind a shorter text zeros: of two texts the
    /// one with the smaller number is the first. Where the numbers are the same, the texts tell.
    let prefix: UInt64

    @inline(__always)
    func isBefore(_ other: Text) -> Bool {
      prefix == other.prefix ? isBeforeByAllBytes(other) : prefix < other.prefix
    }

    @inline(never)
    private func isBeforeByAllBytes(_ other: Text) -> Bool {
      order(bytes, other.bytes) < 0
    }
  }

  @inline(__always)
  mutating func text() -> Text? {
    let lead = lead
    guard lead & 0xe0 == 0xa0 else { return longText(lead) }
    return text(behind: 1, Int(lead & 0x1f))
  }

  @inline(never)
  private mutating func longText(_ lead: UInt8) -> Text? {
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
  private mutating func text(behind head: Int, _ length: Int) -> Text? {
    guard length <= left &- head else { return nil }
    let start = position + head
    let text = UnsafeRawBufferPointer(start: start, count: length)
    let isLong = length >= 8
    let prefix =
      isLong ? UInt64(bigEndian: start.loadUnaligned(as: UInt64.self)) : shortPrefix(of: text)
    let hasOnlyASCII = isLong ? isASCII(text) : prefix & 0x8080_8080_8080_8080 == 0
    guard hasOnlyASCII || isValidUTF8(text) else { return nil }
    position = start + length
    return Text(bytes: text, prefix: prefix)
  }

  /// Of a text of less than eight bytes: looks at eight at once where so many are left, also behind
  /// the text.
  @inline(__always)
  private func shortPrefix(of text: UnsafeRawBufferPointer) -> UInt64 {
    guard let start = text.baseAddress, end - start >= 8, text.count > 0 else {
      return lastPrefix(of: text)
    }
    let unused = UInt64(64 &- 8 &* text.count)
    return (UInt64(bigEndian: start.loadUnaligned(as: UInt64.self)) &>> unused) &<< unused
  }

  @inline(never)
  private func lastPrefix(of text: UnsafeRawBufferPointer) -> UInt64 {
    var prefix: UInt64 = 0
    for index in 0..<8 { prefix = (prefix &<< 8) | UInt64(index < text.count ? text[index] : 0) }
    return prefix
  }

  // MARK: Values

  /// Passes over a whole value.
  @inline(__always)
  mutating func value(depth: Int = 0) -> Bool {
    let lead = lead
    if lead & 0xe0 == 0xa0 { return text(behind: 1, Int(lead & 0x1f)) != nil }
    if lead < 0x80 { return pass(1) }
    return otherValue(lead, depth: depth)
  }

  @inline(never)
  private mutating func otherValue(_ lead: UInt8, depth: Int) -> Bool {
    switch lead {
    case 0xcc...0xd3: return integer(lead)
    case 0xcb: return left > 8 && pass(9)
    case 0xc2, 0xc3, 0xe0...0xff: return pass(1)
    case 0xd9...0xdb: return longText(lead) != nil
    case 0x90...0x9f, 0xdc:
      guard depth < MessagePackReader.maximumDepth, let count = array() else { return false }
      for _ in 0..<count where !value(depth: depth &+ 1) { return false }
      return true
    case 0x80...0x8f, 0xde:
      guard depth < MessagePackReader.maximumDepth, let count = map() else { return false }
      return entries(count, depth: depth &+ 1)
    default: return scalar()
    }
  }

  @inline(__always)
  private mutating func pass(_ count: Int) -> Bool {
    position += count
    return true
  }

  /// An integer that no shorter form holds.
  @inline(__always)
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

  /// Before all others. An empty key is not sure to come behind it.
  private var firstText: Text {
    Text(bytes: UnsafeRawBufferPointer(start: position, count: 0), prefix: 0)
  }

  /// Passes over entries whose keys are in ascending order.
  ///
  /// `value`: passes over the value of a key.
  @inline(__always)
  mutating func sortedEntries(
    _ count: Int, _ value: (UnsafeRawBufferPointer, inout CanonicalScan) -> Bool
  ) -> Bool {
    var previous = firstText
    for _ in 0..<count {
      guard let key = text(), previous.isBefore(key), value(key.bytes, &self) else { return false }
      previous = key
    }
    return true
  }

  /// The entries of a map within a value, whose keys may be in any order: of one of many entries only
  /// ascending keys are sure to differ, of others keys with different prefixes.
  @inline(__always)
  private mutating func entries(_ count: Int, depth: Int) -> Bool {
    var prefixes = InlineArray<16, UInt64>(repeating: 0)
    var previous = firstText
    var isSorted = true
    for index in 0..<count {
      guard let key = text() else { return false }
      if isSorted { isSorted = previous.isBefore(key) }
      if !isSorted {
        guard index < 16 else { return false }
        for other in 0..<index where prefixes[other & 15] == key.prefix { return false }
      }
      prefixes[index & 15] = key.prefix
      previous = key
      guard value(depth: depth) else { return false }
    }
    return true
  }
}
