// SPDX-License-Identifier: MIT

/// Looking up and changing entries of a MessagePack map whose keys are in ascending order of their
/// bytes: the top level of a payload, and its attributes.
enum SortedMap {
  /// Where an entry is, or would be.
  enum Position {
    /// The whole entry, and its value.
    case found(entry: Range<Int>, value: Range<Int>)
    case missing(at: Int)
  }

  /// Finds a key in the map that begins at `offset`.
  /// - Complexity: O(bytes before the key).
  static func find(
    _ key: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws(StoreError) -> Position {
    var cursor = try Cursor(bytes, at: offset)
    while try cursor.advance() {
      let difference = order(cursor.key, key)
      if difference == 0 { return .found(entry: cursor.entry, value: cursor.value) }
      if difference > 0 { return .missing(at: cursor.entry.lowerBound) }
    }
    return .missing(at: cursor.end)
  }

  /// Walks the entries of a map.
  struct Cursor {
    private var reader: MessagePackReader
    private(set) var remaining: Int
    private var keyRange: Range<Int> = 0..<0
    /// The present entry, key and value.
    private(set) var entry: Range<Int> = 0..<0
    /// The present entry's value.
    private(set) var value: Range<Int> = 0..<0

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StoreError) {
      reader = MessagePackReader(bytes, at: offset)
      guard case .map(let count) = try reader.next() else {
        throw StoreError(.value, "a map was expected", offset: offset)
      }
      remaining = count
    }

    /// Goes to the next entry.
    /// - Returns: false after the last.
    mutating func advance() throws(StoreError) -> Bool {
      guard remaining > 0 else { return false }
      remaining -= 1
      let start = reader.offset
      let key = try reader.text()
      let valueStart = reader.offset
      try reader.skip()
      keyRange = key
      entry = start..<reader.offset
      value = valueStart..<reader.offset
      return true
    }

    var key: UnsafeRawBufferPointer { reader.bytes.part(keyRange) }
    var valueBytes: UnsafeRawBufferPointer { reader.bytes.part(value) }
    /// Behind the entries that were walked.
    var end: Int { reader.offset }
  }

  /// The number of entries of the map that begins at `offset`.
  static func count(in bytes: UnsafeRawBufferPointer, at offset: Int) throws(StoreError) -> Int {
    try Cursor(bytes, at: offset).remaining
  }

  /// Writes a new number of entries into the head of a canonical map in a buffer, in which room for
  /// four more bytes was reserved if the number grew.
  static func setCount(
    from old: Int, to new: Int, in buffer: ByteBuffer, at offset: Int
  ) throws(StoreError) {
    let size = MessagePackWriter.mapHeadLength(new)
    try buffer.resize(offset..<(offset + MessagePackWriter.mapHeadLength(old)), to: size)
    MessagePackWriter.writeMapHead(new, size: size, to: buffer.start + offset)
  }
}
