// SPDX-License-Identifier: MIT

#if !hasFeature(Embedded)

/// Between values and Swift's own types. No conversion loses anything: what is of another type, or
/// does not fit, is nil.
extension Value {
  /// An integer of any type; nil if it fits neither into an `Int64` nor into a `UInt64`.
  /// - Parameter integer: any.
  public init?(exactly integer: some BinaryInteger) {
    if let integer = Int64(exactly: integer) {
      self = .int(integer)
    } else if let integer = UInt64(exactly: integer) {
      self = .uint(integer)
    } else {
      return nil
    }
  }

  /// Whether the value is nil, which is not the same as no value.
  public var isNull: Bool { self == .null }

  /// The value of a bool.
  public var boolValue: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  /// The value of an integer that an `Int64` holds.
  public var intValue: Int64? {
    switch self {
    case .int(let value): value
    case .uint(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// The value of an integer from 0 on.
  public var uintValue: UInt64? {
    switch self {
    case .int(let value): UInt64(exactly: value)
    case .uint(let value): value
    default: nil
    }
  }

  /// The value of a double; nil for an integer, since a conversion could lose digits.
  public var doubleValue: Double? {
    guard case .double(let value) = self else { return nil }
    return value
  }

  /// The characters of a text.
  public var textValue: String? {
    guard case .text(let value) = self else { return nil }
    return value
  }

  /// The bytes of a binary.
  public var binaryValue: [UInt8]? {
    guard case .binary(let value) = self else { return nil }
    return value
  }

  /// The moment of a timestamp.
  public var timestampValue: Timestamp? {
    guard case .timestamp(let value) = self else { return nil }
    return value
  }

  /// The elements of an array.
  public var arrayValue: [Value]? {
    guard case .array(let value) = self else { return nil }
    return value
  }

  /// The entries of a map, in their order.
  public var mapValue: [Member]? {
    guard case .map(let value) = self else { return nil }
    return value
  }
}

#endif
