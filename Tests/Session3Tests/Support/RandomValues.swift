// SPDX-License-Identifier: MIT
@testable import Session3

extension SeededGenerator {
  /// A value of any type, nested ones too.
  mutating func value(depth: Int = 3) -> Value {
    switch below(depth > 0 ? 10 : 8) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &self))
    case 2: return .int(Int64(bitPattern: next()) >> Int64(below(64)))
    case 3: return .uint(next() | 1 << 63)
    case 4: return .double(Double(Int64(bitPattern: next())) / 3)
    case 5: return .text(text())
    case 6: return .binary((0..<size()).map { _ in UInt8.random(in: 0...255, using: &self) })
    case 7: return .timestamp(timestamp())
    case 8: return .array((0..<below(6)).map { _ in value(depth: depth - 1) })
    default:
      let keys = Set((0..<below(6)).map { _ in text() }).sorted { _, _ in once(in: 2) }
      return .map(keys.map { Value.Member($0, value(depth: depth - 1)) })
    }
  }

  /// Text, mostly short.
  mutating func text() -> String {
    let scalars: [Character] = ["a", "b", "\0", "é", "€", "😀", "z"]
    return String((0..<size()).map { _ in scalars[below(scalars.count)] })
  }

  private mutating func size() -> Int { once(in: 20) ? below(300) : below(5) }

  private mutating func timestamp() -> Timestamp {
    let time = Timestamp(
      seconds: Int64(bitPattern: next()) >> Int64(below(64)),
      nanoseconds: once(in: 2) ? 0 : UInt32(below(1_000_000_000)))
    return time ?? Timestamp(microseconds: 0)
  }

  /// A MessagePack encoding of a value by somebody who does not care for the smallest form.
  mutating func looseBytes(of value: Value) -> [UInt8] {
    switch value {
    case .null: return [0xc0]
    case .bool(let value): return [value ? 0xc3 : 0xc2]
    case .int(let value): return looseInt(value)
    case .uint(let value): return [0xcf] + bigEndian(value)
    case .double(let value): return looseDouble(value)
    case .text(let text):
      let utf8 = Array(text.utf8)
      return length(utf8.count, [(0xd9, 1), (0xda, 2), (0xdb, 4)]) + utf8
    case .binary(let bytes):
      return length(bytes.count, [(0xc4, 1), (0xc5, 2), (0xc6, 4)]) + bytes
    case .timestamp(let time): return looseTimestamp(time)
    case .array(let elements):
      let head = length(elements.count, [(0xdc, 2), (0xdd, 4)])
      return elements.reduce(head) { $0 + looseBytes(of: $1) }
    case .map(let members):
      let head = length(members.count, [(0xde, 2), (0xdf, 4)])
      return members.reduce(head) {
        $0 + looseBytes(of: .text($1.key)) + looseBytes(of: $1.value)
      }
    }
  }

  private mutating func looseInt(_ value: Int64) -> [UInt8] {
    var forms: [[UInt8]] = [[0xd3] + bigEndian(value)]
    if let small = Int8(exactly: value) {
      forms.append([0xd0, UInt8(bitPattern: small)])
      if small >= -32 { forms.append([UInt8(bitPattern: small)]) }
    }
    if let small = Int16(exactly: value) { forms.append([0xd1] + bigEndian(small)) }
    if let small = Int32(exactly: value) { forms.append([0xd2] + bigEndian(small)) }
    if let small = UInt8(exactly: value) { forms.append([0xcc, small]) }
    if let small = UInt16(exactly: value) { forms.append([0xcd] + bigEndian(small)) }
    if let small = UInt32(exactly: value) { forms.append([0xce] + bigEndian(small)) }
    if let small = UInt64(exactly: value) { forms.append([0xcf] + bigEndian(small)) }
    return forms[below(forms.count)]
  }

  private mutating func looseDouble(_ value: Double) -> [UInt8] {
    let isSingle = Double(Float(value)) == value && once(in: 2)
    return isSingle
      ? [0xca] + bigEndian(Float(value).bitPattern) : [0xcb] + bigEndian(value.bitPattern)
  }

  private mutating func looseTimestamp(_ time: Timestamp) -> [UInt8] {
    var bodies: [[UInt8]] = [bigEndian(time.nanoseconds) + bigEndian(time.seconds)]
    if let seconds = UInt64(exactly: time.seconds), seconds >> 34 == 0 {
      bodies.append(bigEndian(UInt64(time.nanoseconds) << 34 | seconds))
      if time.nanoseconds == 0, let small = UInt32(exactly: seconds) {
        bodies.append(bigEndian(small))
      }
    }
    let body = bodies[below(bodies.count)]
    return length(body.count, [(0xc7, 1), (0xc8, 2), (0xc9, 4)]) + [0xff] + body
  }

  /// A length under one of several leads, of the lengths in bytes that are given.
  private mutating func length(_ count: Int, _ forms: [(lead: UInt8, size: Int)]) -> [UInt8] {
    let fitting = forms.filter { count >> (8 * $0.size) == 0 }
    let form = fitting[below(fitting.count)]
    return [form.lead] + bigEndian(UInt64(count)).suffix(form.size)
  }

  private func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  /// Bytes with one to three of them flipped, left out or put in.
  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...below(3) {
      let place = below(bytes.count + 1)
      switch below(3) {
      case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(below(8))
      case 1 where place < bytes.count: bytes.remove(at: place)
      default: bytes.insert(UInt8.random(in: 0...255, using: &self), at: place)
      }
    }
    return bytes
  }
}
