// SPDX-License-Identifier: MIT

extension Payload {
  /// Checks a payload in any MessagePack form, and brings it into canonical form.
  ///
  /// `payload`: the map alone, without a record's head.
  ///
  /// - Returns: a record's storage, its head not yet sealed.
  /// - Throws: `.value`, naming the attribute or field at fault.
  /// - Complexity: O(bytes); O(n log n) for n keys that are not in order.
  static func canonical(
    _ payload: UnsafeRawBufferPointer, spare: Int = 0
  ) throws(StoreError) -> ByteBuffer {
    let isCanonical = try check(payload)
    let storage = try Record.buffer(payloadCapacity: payload.count &+ spare)
    if isCanonical {
      try storage.append(payload)
    } else {
      try rewrite(mapAt: 0, of: payload, isRoot: true, to: MessagePackWriter(buffer: storage))
    }
    return storage
  }

  /// Checks a payload.
  /// - Returns: whether it is in canonical form.
  static func check(_ payload: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
    var reader = MessagePackReader(payload)
    let isCanonical = try checkMap(&reader, isRoot: true)
    guard reader.isAtEnd else {
      throw StoreError(.value, "bytes follow the payload", offset: reader.offset)
    }
    return isCanonical && reader.isCanonical
  }

  private static func checkMap(
    _ reader: inout MessagePackReader, isRoot: Bool
  ) throws(StoreError) -> Bool {
    let start = reader
    guard case .map(let count) = try reader.next() else {
      throw StoreError(.value, "a map was expected", offset: start.offset)
    }
    var isCanonical = true
    var previous: UnsafeRawBufferPointer?
    for _ in 0..<count {
      let key = reader.bytes.part(try reader.key())
      if let previous, order(previous, key) >= 0 { isCanonical = false }
      previous = key
      do throws(StoreError) {
        let isValueCanonical =
          isRoot ? try checkField(key, &reader) : try checkAttribute(&reader)
        isCanonical = isValueCanonical && isCanonical
      } catch {
        throw error.attribute == nil
          ? error.of(attribute: String(decoding: key, as: UTF8.self)) : error
      }
    }
    if !isCanonical { _ = try sortedEntries(ofMapAt: start.offset, in: reader.bytes) }
    return isCanonical
  }

  private static func checkAttribute(
    _ reader: inout MessagePackReader
  ) throws(StoreError) -> Bool {
    try reader.check()
    return true
  }

  /// Checks a field's value by what the field is.
  /// - Returns: whether the field stands as in canonical form; how its parts are encoded is the
  ///   reader's to know.
  private static func checkField(
    _ name: UnsafeRawBufferPointer, _ reader: inout MessagePackReader
  ) throws(StoreError) -> Bool {
    let start = reader.offset
    var value = reader
    let token = try value.next()
    if isLeftOut(name, token) {
      reader = value
      return false
    }
    if areEqual(name, attributes.bytes) { return try checkMap(&reader, isRoot: false) }
    try reader.check()
    guard try isOfRightType(name, token, rest: value) else {
      throw StoreError(.value, "the field has the wrong type", offset: start)
    }
    if case .array(let count) = token, areEqual(name, formTokens.bytes) {
      return count <= FormTokens.maximum
    }
    return true
  }

  /// Whether a field has the type that it must have, where it must have one.
  private static func isOfRightType(
    _ name: UnsafeRawBufferPointer, _ token: MessagePackToken, rest: MessagePackReader
  ) throws(StoreError) -> Bool {
    if areEqual(name, formTokens.bytes) {
      guard case .array(let count) = token else { return false }
      var rest = rest
      for _ in 0..<count {
        guard case .text = try rest.next() else { return false }
      }
      return true
    }
    if areEqual(name, remoteAddress.bytes) || areEqual(name, csrfToken.bytes) {
      guard case .text = token else { return false }
    }
    return true
  }

  /// Whether canonical form leaves a field out: nil, or empty where it is a collection of ours.
  private static func isLeftOut(
    _ name: UnsafeRawBufferPointer, _ token: MessagePackToken
  ) -> Bool {
    switch token {
    case .map(0): areEqual(name, attributes.bytes)
    case .array(0): areEqual(name, formTokens.bytes)
    case .null:
      [user, remoteAddress, csrfToken, formTokens, attributes].contains {
        areEqual(name, $0.bytes)
      }
    default: false
    }
  }

  private struct Entry {
    let key: Range<Int>
    let value: Range<Int>
  }

  /// The entries of a map in the order of their keys.
  /// - Throws: `.value` if a key stands twice.
  private static func sortedEntries(
    ofMapAt offset: Int, in bytes: UnsafeRawBufferPointer
  ) throws(StoreError) -> [Entry] {
    var reader = MessagePackReader(bytes, at: offset)
    guard case .map(let count) = try reader.next() else {
      throw StoreError(.value, "a map was expected", offset: offset)
    }
    var entries: [Entry] = []
    entries.reserveCapacity(count)
    for _ in 0..<count {
      let key = try reader.key()
      let start = reader.offset
      try reader.skip()
      entries.append(Entry(key: key, value: start..<reader.offset))
    }
    entries.sort { order(bytes.part($0.key), bytes.part($1.key)) < 0 }
    for index in entries.indices.dropFirst() {
      let key = entries[index].key
      if areEqual(bytes.part(entries[index - 1].key), bytes.part(key)) {
        throw StoreError(.value, "a map has a key twice", offset: key.lowerBound)
          .of(attribute: String(decoding: bytes.part(key), as: UTF8.self))
      }
    }
    return entries
  }

  /// Writes a checked map in canonical form.
  private static func rewrite(
    mapAt offset: Int, of bytes: UnsafeRawBufferPointer, isRoot: Bool, to writer: MessagePackWriter
  ) throws(StoreError) {
    var entries = try sortedEntries(ofMapAt: offset, in: bytes)
    if isRoot {
      var kept: [Entry] = []
      for entry in entries {
        var reader = MessagePackReader(bytes, at: entry.value.lowerBound)
        if !isLeftOut(bytes.part(entry.key), try reader.next()) { kept.append(entry) }
      }
      entries = kept
    }
    try writer.map(entries.count)
    for entry in entries {
      let key = bytes.part(entry.key)
      try writer.text(key)
      if isRoot && areEqual(key, attributes.bytes) {
        try rewrite(mapAt: entry.value.lowerBound, of: bytes, isRoot: false, to: writer)
      } else if isRoot && areEqual(key, formTokens.bytes) {
        let newest = try FormTokens(encoded: bytes.part(entry.value)).newest()
        try writer.encoded(newest.bytes)
        keepAlive(newest)
      } else {
        var reader = MessagePackReader(bytes, at: entry.value.lowerBound)
        try writer.canonical(&reader)
      }
    }
  }
}
