// SPDX-License-Identifier: MIT
import Foundation
import Session3

/// JSON for values, without loss: each with its type, and numbers as text, since JSON's are doubles.
extension Value: @retroactive Codable {
  private enum Kind: String, CodingKey, CaseIterable {
    case null, bool, int, uint, double, text, binary, timestamp, array, map
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Kind.self)
    func text(_ kind: Kind) throws -> String { try container.decode(String.self, forKey: kind) }
    func number<Number>(_ kind: Kind, _ parse: (String) -> Number?) throws -> Number {
      guard let number = parse(try text(kind)) else {
        throw DecodingError.dataCorruptedError(
          forKey: kind, in: container, debugDescription: "no number")
      }
      return number
    }
    switch container.allKeys.first {
    case .bool: self = .bool(try container.decode(Bool.self, forKey: .bool))
    case .int: self = .int(try number(.int) { Int64($0) })
    case .uint: self = .uint(try number(.uint) { UInt64($0) })
    case .double:
      self = .double(Double(bitPattern: try number(.double) { UInt64($0, radix: 16) }))
    case .text: self = .text(try text(.text))
    case .binary:
      self = .binary(Array(Data(base64Encoded: try text(.binary)) ?? Data()))
    case .timestamp:
      let parts = try container.decode([Int64].self, forKey: .timestamp)
      self =
        Timestamp(seconds: parts[0], nanoseconds: UInt32(parts[1])).map { .timestamp($0) } ?? .null
    case .array: self = .array(try container.decode([Value].self, forKey: .array))
    case .map: self = .map(try container.decode([Member].self, forKey: .map))
    case .null, nil: self = .null
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Kind.self)
    switch self {
    case .null: try container.encode(true, forKey: .null)
    case .bool(let value): try container.encode(value, forKey: .bool)
    case .int(let value): try container.encode(String(value), forKey: .int)
    case .uint(let value): try container.encode(String(value), forKey: .uint)
    case .double(let value):
      try container.encode(String(value.bitPattern, radix: 16), forKey: .double)
    case .text(let value): try container.encode(value, forKey: .text)
    case .binary(let value):
      try container.encode(Data(value).base64EncodedString(), forKey: .binary)
    case .timestamp(let value):
      try container.encode([value.seconds, Int64(value.nanoseconds)], forKey: .timestamp)
    case .array(let value): try container.encode(value, forKey: .array)
    case .map(let value): try container.encode(value, forKey: .map)
    }
  }
}

extension Value.Member: @retroactive Codable {
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    self.init(try container.decode(String.self), try container.decode(Value.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(key)
    try container.encode(value)
  }
}
