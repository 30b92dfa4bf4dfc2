// SPDX-License-Identifier: MIT

// A tree of values costs what the stored form saves, so the library itself does without; Swift hosts
// may want the comfort. String's comparison would bring Unicode's tables into the shipped library.
#if !hasFeature(Embedded)

/// What an attribute holds, decoded.
///
/// Literals of Swift's are values: `try session.set("cart", to: ["books": 2, "gift": true])`.
public indirect enum Value: Sendable {
  /// Nil, as a value: Python's None, C's nil.
  case null
  /// True or false.
  case bool(Bool)
  /// An integer up to `Int64.max`.
  case int(Int64)
  /// An integer above `Int64.max`; a lower one comes back as `int`.
  case uint(UInt64)
  /// A floating-point number, which comes back to the bit.
  case double(Double)
  /// Text: Python's str.
  case text(String)
  /// Bytes that are no text.
  case binary([UInt8])
  /// A point in time: Python's datetime.
  case timestamp(Timestamp)
  /// Values in their order.
  case array([Value])
  /// In the order in which it was written; no key stands twice.
  case map([Member])

  /// An entry of a map.
  public struct Member: Sendable {
    /// Its name.
    public var key: String
    /// What stands under it.
    public var value: Value

    /// An entry.
    /// - Parameters:
    ///   - key: its name.
    ///   - value: what stands under it.
    public init(_ key: String, _ value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// The value of a map's key; nil if there is none, or this is no map.
  public subscript(key: String) -> Value? {
    guard case .map(let members) = self else { return nil }
    return members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
  }

  /// The element of an array; nil beyond its end, or if this is no array.
  public subscript(index: Int) -> Value? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }
}

/// Text is compared by its bytes, as the stored form and all hosts do; String's own comparison takes
/// a composed letter and a decomposed one for the same.
extension Value: Equatable {
  /// Whether both are of one type, and equal; of a map the order of its entries counts.
  public static func == (left: Value, right: Value) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.int(let left), .int(let right)): left == right
    case (.uint(let left), .uint(let right)): left == right
    case (.double(let left), .double(let right)): left == right
    case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
    case (.binary(let left), .binary(let right)): left == right
    case (.timestamp(let left), .timestamp(let right)): left == right
    case (.array(let left), .array(let right)): left == right
    case (.map(let left), .map(let right)): left == right
    default: false
    }
  }
}

extension Value.Member: Equatable {
  /// Whether key and value are equal.
  public static func == (left: Value.Member, right: Value.Member) -> Bool {
    left.key.utf8.elementsEqual(right.key.utf8) && left.value == right.value
  }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// `nil` is `null`.
  public init(nilLiteral: ()) { self = .null }
  /// `true` and `false` are `bool`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An integer is `int`.
  public init(integerLiteral value: Int64) { self = .int(value) }
  /// A number with a point is `double`.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// Text in quotes is `text`.
  public init(stringLiteral value: String) { self = .text(value) }
  /// A list in brackets is `array`.
  public init(arrayLiteral elements: Value...) { self = .array(elements) }
  /// A dictionary in brackets is `map`, in the order in which it is written.
  public init(dictionaryLiteral elements: (String, Value)...) {
    self = .map(elements.map { Member($0.0, $0.1) })
  }
}

extension Value {
  /// Decodes one value, which was checked.
  init(_ reader: inout MessagePackReader) throws(StoreError) {
    switch try reader.next() {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .uint(let value): self = .uint(value)
    case .double(let value): self = .double(value)
    case .timestamp(let value): self = .timestamp(value)
    case .text(let range): self = .text(String(decoding: reader.bytes.part(range), as: UTF8.self))
    case .binary(let range): self = .binary(Array(reader.bytes.part(range)))
    case .array(let count):
      var elements: [Value] = []
      for _ in 0..<count { elements.append(try Value(&reader)) }
      self = .array(elements)
    case .map(let count):
      var members: [Member] = []
      for _ in 0..<count {
        let key = reader.bytes.part(try reader.key())
        members.append(Member(String(decoding: key, as: UTF8.self), try Value(&reader)))
      }
      self = .map(members)
    }
  }

  /// The value in canonical form.
  /// - Throws: `.value` if it is nested too deep, or a map has a key twice.
  func encoded() throws(StoreError) -> ByteBuffer {
    let builder = try ValueBuilder.make()
    try append(to: builder)
    defer { keepAlive(builder) }
    return try ByteBuffer.make(copying: builder.finish())
  }

  private func append(to builder: ValueBuilder) throws(StoreError) {
    switch self {
    case .null: try builder.append { (writer) throws(StoreError) in try writer.null() }
    case .bool(let value):
      try builder.append { (writer) throws(StoreError) in try writer.bool(value) }
    case .int(let value):
      try builder.append { (writer) throws(StoreError) in try writer.int(value) }
    case .uint(let value):
      try builder.append { (writer) throws(StoreError) in try writer.uint(value) }
    case .double(let value):
      try builder.append { (writer) throws(StoreError) in try writer.double(value) }
    case .timestamp(let value):
      try builder.append { (writer) throws(StoreError) in try writer.timestamp(value) }
    case .text(let text):
      try text.withBytes { (bytes) throws(StoreError) in try builder.text(bytes) }
    case .binary(let bytes):
      try bytes.withBytes { (bytes) throws(StoreError) in
        try builder.append { (writer) throws(StoreError) in try writer.binary(bytes) }
      }
    case .array(let elements):
      try builder.begin(count: elements.count, isMap: false)
      for element in elements { try element.append(to: builder) }
    case .map(let members):
      try builder.begin(count: members.count, isMap: true)
      for member in members {
        try member.key.withBytes { (bytes) throws(StoreError) in try builder.text(bytes) }
        try member.value.append(to: builder)
      }
    }
  }
}

extension String {
  /// Lends the UTF-8.
  func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try Array(utf8).withBytes(body)
  }
}

extension [UInt8] {
  /// Lends the bytes.
  func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    let outcome = withUnsafeBytes { bytes in
      Swift.Result { () throws(StoreError) in try body(bytes) }
    }
    return try outcome.get()
  }
}

#endif
