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

  struct Entry {
    let key: Range<Int>
    let value: Range<Int>
  }

  /// The entries of a map in the order of their keys.
  /// - Throws: `.value` if a key stands twice.
  static func sortedEntries(
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
