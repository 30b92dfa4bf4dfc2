// SPDX-License-Identifier: MIT

extension MessagePackReader {
  /// How deep arrays and maps may nest inside one attribute.
  static let maximumDepth = 32

  /// Checks one whole value and passes over it: well formed, text in UTF-8, map keys text and none
  /// twice, not nested too deep.
  /// - Parameter depth: how many arrays and maps it is in already.
  /// - Throws: `.value`, with the offset of the fault.
  /// - Complexity: O(bytes), and O(n log n) for the n keys of a map that are not in order.
  mutating func check(depth: Int = 0) throws(StoreError) {
    if let small = nextSmall() { return try checkUTF8(small) }
    let start = offset
    switch try next() {
    case .text(let range): try checkUTF8(range)
    case .array(let count):
      try checkDepth(depth, at: start)
      for _ in 0..<count { try check(depth: depth + 1) }
    case .map(let count):
      try checkDepth(depth, at: start)
      let entries = self
      var isAscending = true
      var previous: Range<Int>?
      for _ in 0..<count {
        let key = try self.key()
        if let previous, order(bytes.part(previous), bytes.part(key)) >= 0 { isAscending = false }
        previous = key
        try check(depth: depth + 1)
      }
      if !isAscending { try entries.checkKeysDiffer(count) }
    default: break
    }
  }

  /// Reads a map's key: text.
  mutating func key() throws(StoreError) -> Range<Int> {
    let start = offset
    let range: Range<Int>
    do throws(StoreError) { range = try text() } catch {
      throw StoreError(.value, "a map's key is not text, or ends too early", offset: start)
    }
    try checkUTF8(range)
    return range
  }

  private func checkDepth(_ depth: Int, at start: Int) throws(StoreError) {
    guard depth < Self.maximumDepth else {
      throw StoreError(.value, "arrays and maps are nested too deep", offset: start)
    }
  }

  @inline(__always)
  private func checkUTF8(_ range: Range<Int>) throws(StoreError) {
    guard isValidUTF8(bytes.part(range)) else {
      throw StoreError(.value, "text is not UTF-8", offset: range.lowerBound)
    }
  }

  /// Whether the next `count` entries have different keys.
  private func checkKeysDiffer(_ count: Int) throws(StoreError) {
    var reader = self
    var keys: [Range<Int>] = []
    keys.reserveCapacity(count)
    for _ in 0..<count {
      keys.append(try reader.key())
      try reader.skip()
    }
    keys.sort { order(bytes.part($0), bytes.part($1)) < 0 }
    for index in keys.indices.dropFirst()
    where areEqual(bytes.part(keys[index - 1]), bytes.part(keys[index])) {
      throw StoreError(.value, "a map has a key twice", offset: keys[index].lowerBound)
    }
  }
}
