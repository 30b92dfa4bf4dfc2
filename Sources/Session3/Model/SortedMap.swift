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
    if let short = findShort(key, in: bytes, at: offset) {
      guard short.isFound else { return .missing(at: short.entry) }
      if let end = end(ofValueAt: short.value, in: bytes) {
        return .found(entry: short.entry..<end, value: short.value..<end)
      }
    }
    var cursor = try Cursor(bytes, at: offset)
    while try cursor.advance() {
      let difference = order(cursor.key, key)
      if difference == 0 {
        return .found(entry: cursor.entry.whole, value: cursor.entry.value)
      }
      if difference > 0 { return .missing(at: cursor.entry.start) }
    }
    return .missing(at: cursor.end)
  }

  /// Where the value of a key begins, in a map that is known to be whole.
  /// - Returns: nil if there is no such key.
  static func value(
    of key: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws(StoreError) -> Int? {
    if let short = findShort(key, in: bytes, at: offset) {
      return short.isFound ? short.value : nil
    }
    guard case .found(_, let value) = try find(key, in: bytes, at: offset) else { return nil }
    return value.lowerBound
  }

  private struct ShortPosition {
    var isFound = false
    /// Where the entry begins, or would.
    var entry: Int
    var value = 0
  }

  /// Finds a key in a map of less than 16 entries with short keys, which most are.
  /// - Returns: nil if the map is another, or ends too early.
  private static func findShort(
    _ key: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer, at offset: Int
  ) -> ShortPosition? {
    guard offset >= 0, offset < bytes.count, bytes[offset] & 0xf0 == 0x80 else { return nil }
    let first = key.first ?? 0
    var position = ShortPosition(entry: offset &+ 1)
    for _ in 0..<(bytes[offset] & 0x0f) {
      let start = position.entry
      guard start < bytes.count, bytes[start] & 0xe0 == 0xa0 else { return nil }
      position.value = start &+ 1 &+ Int(bytes[start] & 0x1f)
      guard position.value < bytes.count else { return nil }
      // Mostly the first byte tells; an empty key has the first one of its value.
      if bytes[start &+ 1] >= first || position.value == start &+ 1 {
        let text = UnsafeRawBufferPointer(rebasing: bytes[(start &+ 1)..<position.value])
        let difference = order(text, key)
        position.isFound = difference == 0
        if difference >= 0 { return position }
      }
      guard let end = end(ofValueAt: position.value, in: bytes) else { return nil }
      position.entry = end
    }
    return position
  }

  /// Where a value ends; nil if that is beyond the bytes.
  @inline(__always)
  private static func end(ofValueAt offset: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
    let size = ScalarSize.behind(bytes[offset])
    guard size > 0 else { return end(ofCollectionAt: offset, in: bytes) }
    return offset &+ size <= bytes.count ? offset &+ size : nil
  }

  private static func end(
    ofCollectionAt offset: Int, in bytes: UnsafeRawBufferPointer
  ) -> Int? {
    var end = offset
    var pending = 1
    while pending > 0 {
      guard end < bytes.count else { return nil }
      pending &-= 1
      let lead = bytes[end]
      let size = ScalarSize.behind(lead)
      if size > 0 {
        end &+= size
      } else if lead & 0xe0 == 0x80 {
        // A map has two values for each of its entries, an array one.
        pending &+= Int(lead & 0x0f) << (lead & 0x10 == 0 ? 1 : 0)
        end &+= 1
      } else {
        var reader = MessagePackReader(bytes, at: offset)
        return (try? reader.skip()) == nil ? nil : reader.offset
      }
    }
    return end <= bytes.count ? end : nil
  }

  /// Where an entry's parts are.
  struct Entry {
    fileprivate(set) var start = 0
    fileprivate(set) var key: Range<Int> = 0..<0
    fileprivate(set) var end = 0

    var whole: Range<Int> { start..<end }
    var value: Range<Int> { key.upperBound..<end }
  }

  /// The entry that begins at `start`.
  @inline(__always)
  private static func entry(
    at start: Int, in bytes: UnsafeRawBufferPointer
  ) throws(StoreError) -> Entry {
    var reader = MessagePackReader(bytes, at: start)
    let key = try reader.text()
    if key.upperBound < bytes.count, let end = end(ofValueAt: key.upperBound, in: bytes) {
      return Entry(start: start, key: key, end: end)
    }
    try reader.skip()
    return Entry(start: start, key: key, end: reader.offset)
  }

  /// Walks the entries of a map.
  struct Cursor {
    let bytes: UnsafeRawBufferPointer
    /// How many entries are behind the present one.
    private(set) var remaining: Int
    /// Behind the entries that were walked.
    private(set) var end: Int
    private(set) var entry = Entry()

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StoreError) {
      var reader = MessagePackReader(bytes, at: offset)
      guard case .map(let count) = try reader.next() else {
        throw StoreError(.value, "a map was expected", offset: offset)
      }
      self.bytes = bytes
      remaining = count
      end = reader.offset
    }

    /// Goes to the next entry.
    /// - Returns: false after the last.
    mutating func advance() throws(StoreError) -> Bool {
      guard remaining > 0 else { return false }
      entry = try SortedMap.entry(at: end, in: bytes)
      remaining &-= 1
      end = entry.end
      return true
    }

    /// Goes past the present entry and those behind it, `count` of them in `size` bytes, and to the
    /// next.
    /// - Returns: false if that was the last.
    mutating func pass(_ count: Int, size: Int) throws(StoreError) -> Bool {
      remaining = max(0, remaining &- (count &- 1))
      end = min(entry.start &+ size, bytes.count)
      return try advance()
    }

    var key: UnsafeRawBufferPointer { bytes.part(entry.key) }
    var value: UnsafeRawBufferPointer { bytes.part(entry.value) }
  }

  /// The number of entries of the map that begins at `offset`, and is known to be whole.
  static func count(in bytes: UnsafeRawBufferPointer, at offset: Int) throws(StoreError) -> Int {
    if offset >= 0, offset < bytes.count, bytes[offset] & 0xf0 == 0x80 {
      return Int(bytes[offset] & 0x0f)
    }
    return try Cursor(bytes, at: offset).remaining
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
