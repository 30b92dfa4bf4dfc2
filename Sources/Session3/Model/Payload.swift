// SPDX-License-Identifier: MIT

/// Fields of a session's payload, in the storage of a record: a MessagePack map that begins behind
/// the record's head.
///
/// In canonical form its keys, and those of `attributes`, are in ascending order of their bytes, and
/// a field that is nil or empty is left out. Fields that this version does not know are kept.
enum Payload {
  static let user: StaticString = "user"
  static let remoteAddress: StaticString = "remote_address"
  static let formTokens: StaticString = "form_tokens"
  static let csrfToken: StaticString = "csrf_token"
  static let attributes: StaticString = "attributes"
  static let persistent: StaticString = "persistent"
  static let renewed: StaticString = "renewed"
  static let authenticated: StaticString = "authenticated"

  /// Where the map begins.
  static let root = Record.headSize

  /// The encoded map without entries, in memory that never ends: U+0080 in UTF-8 is C2 80.
  static var emptyMap: UnsafeRawBufferPointer {
    let text: StaticString = "\u{80}"
    return text.bytes.part(1..<2)
  }

  /// The payload without any field.
  static func empty(spare: Int = 0) throws(StoreError) -> ByteBuffer {
    let storage = try Record.buffer(payloadCapacity: 1 &+ spare)
    try MessagePackWriter(buffer: storage).map(0)
    return storage
  }

  /// The encoded value of a field; nil if it is absent.
  static func field(
    _ name: StaticString, in storage: UnsafeRawBufferPointer
  ) throws(StoreError) -> UnsafeRawBufferPointer? {
    guard case .found(_, let value) = try SortedMap.find(name.bytes, in: storage, at: root) else {
      return nil
    }
    return storage.part(value)
  }

  /// The encoded value of an attribute; nil if there is none.
  static func attribute(
    _ key: UnsafeRawBufferPointer, in storage: UnsafeRawBufferPointer
  ) throws(StoreError) -> UnsafeRawBufferPointer? {
    guard let map = try SortedMap.value(of: attributes.bytes, in: storage, at: root),
      case .found(_, let value) = try SortedMap.find(key, in: storage, at: map)
    else { return nil }
    return storage.part(value)
  }

  /// Sets a field, or removes it.
  ///
  /// `value`: encoded in canonical form, not within `storage`; nil removes the field.
  ///
  /// - Returns: whether the field was there.
  @discardableResult
  static func setField(
    _ name: StaticString, to value: UnsafeRawBufferPointer?, in storage: ByteBuffer
  ) throws(StoreError) -> Bool {
    try set(name.bytes, to: value, inMapAt: root, of: storage)
  }

  /// Sets an attribute, or removes it.
  ///
  /// The key is UTF-8. `value` is encoded in canonical form, and not within `storage`; nil removes
  /// the attribute.
  ///
  /// - Returns: whether the attribute was there.
  @discardableResult
  static func setAttribute(
    _ key: UnsafeRawBufferPointer, to value: UnsafeRawBufferPointer?, in storage: ByteBuffer
  ) throws(StoreError) -> Bool {
    let bytes = storage.bytes
    guard let map = try SortedMap.value(of: attributes.bytes, in: bytes, at: root) else {
      guard let value else { return false }
      let attributes = try ByteBuffer.make(capacity: key.count &+ value.count &+ 10)
      let writer = MessagePackWriter(buffer: attributes)
      try writer.map(1)
      try writer.text(key)
      try writer.encoded(value)
      try setField(Payload.attributes, to: attributes.bytes, in: storage)
      keepAlive(attributes)
      return false
    }
    if value == nil, try SortedMap.count(in: bytes, at: map) == 1,
      case .found = try SortedMap.find(key, in: bytes, at: map)
    {
      return try setField(attributes, to: nil, in: storage)
    }
    return try set(key, to: value, inMapAt: map, of: storage)
  }

  /// Changes one entry of a sorted map. On failure the buffer is as it was.
  private static func set(
    _ key: UnsafeRawBufferPointer, to value: UnsafeRawBufferPointer?, inMapAt offset: Int,
    of storage: ByteBuffer
  ) throws(StoreError) -> Bool {
    let count = try SortedMap.count(in: storage.bytes, at: offset)
    switch try SortedMap.find(key, in: storage.bytes, at: offset) {
    case .found(let entry, let old):
      if let value {
        try storage.replace(old, with: value)
      } else {
        // The head may shrink, never grow: what follows does not fail.
        try storage.resize(entry, to: 0)
        try SortedMap.setCount(from: count, to: count - 1, in: storage, at: offset)
      }
      return true
    case .missing(let place):
      guard let value else { return false }
      try insert(key, value, at: place, of: storage)
      try SortedMap.setCount(from: count, to: count + 1, in: storage, at: offset)
      return false
    }
  }

  /// Inserts an entry, and leaves room for a map's longer head.
  private static func insert(
    _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at place: Int,
    of storage: ByteBuffer
  ) throws(StoreError) {
    guard key.count < 32, !storage.holds(key), !storage.holds(value) else {
      let entry = try ByteBuffer.make(capacity: key.count &+ value.count &+ 5)
      let writer = MessagePackWriter(buffer: entry)
      try writer.text(key)
      try writer.encoded(value)
      try storage.reserve(entry.count &+ 4)
      try storage.replace(place..<place, with: entry.bytes)
      keepAlive(entry)
      return
    }
    // Nearly every key: its head is one byte, and nothing moves with the storage.
    try storage.reserve(key.count &+ value.count &+ 5)
    try storage.resize(place..<place, to: key.count &+ value.count &+ 1)
    storage.overwrite(place, with: 0xa0 | UInt8(truncatingIfNeeded: key.count))
    storage.overwrite(place &+ 1, with: key)
    storage.overwrite(place &+ 1 &+ key.count, with: value)
  }
}

extension StaticString {
  /// The bytes of the text.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
  }
}
