// SPDX-License-Identifier: MIT

/// MessagePack by sections 3 and 4 of docs/format.md, as plainly as can be, and by nothing of the
/// library: what the targets hold the library's reader and writer to.
struct NaiveMessagePack {
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { position == bytes.count }

  /// The canonical form of bytes that are one value; nil if they are none.
  static func canonical(_ bytes: [UInt8]) -> [UInt8]? {
    var reader = NaiveMessagePack(bytes)
    guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
    return value
  }

  /// The next value in canonical form.
  mutating func value(depth: Int) -> [UInt8]? {
    guard let lead = number(1).map({ UInt8($0) }) else { return nil }
    switch lead {
    case 0x00...0x7f, 0xe0...0xff, 0xc0, 0xc2, 0xc3: return [lead]
    case 0x80...0x8f: return map(UInt64(lead & 15), depth)
    case 0x90...0x9f: return array(UInt64(lead & 15), depth)
    case 0xa0...0xbf: return text(UInt64(lead & 31)).map(Self.text)
    case 0xc4...0xc6: return number(1 << Int(lead - 0xc4)).flatMap { binary($0) }
    case 0xc7...0xc9: return number(1 << Int(lead - 0xc7)).flatMap { timestamp($0) }
    case 0xca:
      guard let bits = number(4) else { return nil }
      return [0xcb] + Self.big(Double(Float(bitPattern: UInt32(bits))).bitPattern, 8)
    case 0xcb: return number(8).map { [0xcb] + Self.big($0, 8) }
    case 0xcc...0xcf: return number(1 << Int(lead - 0xcc)).map { Self.integer(Int128($0)) }
    case 0xd0...0xd3: return signed(1 << Int(lead - 0xd0)).map { Self.integer(Int128($0)) }
    case 0xd4...0xd8: return timestamp(1 << UInt64(lead - 0xd4))
    case 0xd9...0xdb: return number(1 << Int(lead - 0xd9)).flatMap { text($0) }.map(Self.text)
    case 0xdc, 0xdd: return number(2 << Int(lead - 0xdc)).flatMap { array($0, depth) }
    case 0xde, 0xdf: return number(2 << Int(lead - 0xde)).flatMap { map($0, depth) }
    default: return nil
    }
  }

  /// The number of entries of the map that must begin here.
  mutating func mapHead() -> UInt64? {
    switch number(1) {
    case .some(let lead) where lead & 0xf0 == 0x80: return lead & 15
    case 0xde: return number(2)
    case 0xdf: return number(4)
    default: return nil
    }
  }

  /// The text that must begin here.
  mutating func key() -> [UInt8]? {
    switch number(1) {
    case .some(let lead) where lead & 0xe0 == 0xa0: return text(lead & 31)
    case 0xd9: return number(1).flatMap { text($0) }
    case 0xda: return number(2).flatMap { text($0) }
    case 0xdb: return number(4).flatMap { text($0) }
    default: return nil
    }
  }

  private mutating func take(_ count: UInt64) -> [UInt8]? {
    guard count <= UInt64(bytes.count - position) else { return nil }
    defer { position += Int(count) }
    return Array(bytes[position..<(position + Int(count))])
  }

  private mutating func number(_ size: Int) -> UInt64? {
    take(UInt64(size))?.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func signed(_ size: Int) -> Int64? {
    number(size).map { Int64(bitPattern: $0 << UInt64(64 - 8 * size)) >> Int64(64 - 8 * size) }
  }

  private mutating func text(_ count: UInt64) -> [UInt8]? {
    guard let text = take(count), isText(text) else { return nil }
    return text
  }

  private mutating func binary(_ count: UInt64) -> [UInt8]? {
    take(count).map { Self.head($0.count, [(0xff, 0xc4, 1), (0xffff, 0xc5, 2)], 0xc6) + $0 }
  }

  private mutating func array(_ count: UInt64, _ depth: Int) -> [UInt8]? {
    guard depth < 32, count <= UInt64(bytes.count) else { return nil }
    var items: [UInt8] = []
    for _ in 0..<count {
      guard let item = value(depth: depth + 1) else { return nil }
      items += item
    }
    return Self.head(Int(count), [(15, nil, 0x90), (0xffff, 0xdc, 2)], 0xdd) + items
  }

  private mutating func map(_ count: UInt64, _ depth: Int) -> [UInt8]? {
    guard depth < 32, count <= UInt64(bytes.count) else { return nil }
    var keys: Set<[UInt8]> = []
    var entries: [UInt8] = []
    for _ in 0..<count {
      guard let key = key(), keys.insert(key).inserted, let value = value(depth: depth + 1) else {
        return nil
      }
      entries += Self.text(key) + value
    }
    return Self.mapHead(Int(count)) + entries
  }

  private mutating func timestamp(_ length: UInt64) -> [UInt8]? {
    guard number(1) == 0xff else { return nil }
    let nanoseconds: UInt64
    let seconds: Int64
    switch length {
    case 4:
      guard let word = number(4) else { return nil }
      (nanoseconds, seconds) = (0, Int64(word))
    case 8:
      guard let word = number(8) else { return nil }
      (nanoseconds, seconds) = (word >> 34, Int64(word & (1 << 34 - 1)))
    case 12:
      guard let word = number(4), let rest = number(8) else { return nil }
      (nanoseconds, seconds) = (word, Int64(bitPattern: rest))
    default: return nil
    }
    guard nanoseconds < 1_000_000_000 else { return nil }
    if nanoseconds == 0, 0 <= seconds, seconds < 1 << 32 {
      return [0xd6, 0xff] + Self.big(UInt64(seconds), 4)
    }
    if 0 <= seconds, seconds < 1 << 34 {
      return [0xd7, 0xff] + Self.big(nanoseconds << 34 | UInt64(seconds), 8)
    }
    return [0xc7, 12, 0xff] + Self.big(nanoseconds, 4) + Self.big(UInt64(bitPattern: seconds), 8)
  }
}

/// Canonical forms.
extension NaiveMessagePack {
  static func big(_ number: UInt64, _ size: Int) -> [UInt8] {
    (0..<size).reversed().map { UInt8(number >> UInt64(8 * $0) & 0xff) }
  }

  static func text(_ text: [UInt8]) -> [UInt8] {
    head(text.count, [(31, nil, 0xa0), (0xff, 0xd9, 1), (0xffff, 0xda, 2)], 0xdb) + text
  }

  static func mapHead(_ count: Int) -> [UInt8] {
    head(count, [(15, nil, 0x80), (0xffff, 0xde, 2)], 0xdf)
  }

  static func arrayHead(_ count: Int) -> [UInt8] {
    head(count, [(15, nil, 0x90), (0xffff, 0xdc, 2)], 0xdd)
  }

  /// A length in the first form that fits: up to a limit a lead byte and so many bytes, or one byte
  /// with the length in it; else the last lead byte and four bytes.
  private static func head(_ count: Int, _ forms: [(Int, UInt8?, Int)], _ last: UInt8) -> [UInt8] {
    for (limit, lead, size) in forms where count <= limit {
      guard let lead else { return [UInt8(size | count)] }
      return [lead] + big(UInt64(count), size)
    }
    return [last] + big(UInt64(count), 4)
  }

  static func integer(_ value: Int128) -> [UInt8] {
    let bits = UInt64(truncatingIfNeeded: value)
    switch value {
    case -32...127: return [UInt8(truncatingIfNeeded: value)]
    case 0...0xff: return [0xcc] + big(bits, 1)
    case 0...0xffff: return [0xcd] + big(bits, 2)
    case 0...0xffff_ffff: return [0xce] + big(bits, 4)
    case 0...: return [0xcf] + big(bits, 8)
    case (-0x80)...: return [0xd0] + big(bits, 1)
    case (-0x8000)...: return [0xd1] + big(bits, 2)
    case (-0x8000_0000)...: return [0xd2] + big(bits, 4)
    default: return [0xd3] + big(bits, 8)
    }
  }
}

/// Whether bytes are UTF-8, by the standard library's decoder.
func isText(_ bytes: [UInt8]) -> Bool {
  var decoder = UTF8()
  var rest = bytes.makeIterator()
  while true {
    switch decoder.decode(&rest) {
    case .scalarValue: continue
    case .emptyInput: return true
    case .error: return false
    }
  }
}
