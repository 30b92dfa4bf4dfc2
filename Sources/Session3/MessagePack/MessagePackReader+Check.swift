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
    guard case .text(let range) = try next() else {
      throw StoreError(.value, "a map's key is not text", offset: start)
    }
    try checkUTF8(range)
    return range
  }

  private func checkDepth(_ depth: Int, at start: Int) throws(StoreError) {
    guard depth < Self.maximumDepth else {
      throw StoreError(.value, "arrays and maps are nested too deep", offset: start)
    }
  }

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

/// Whether bytes are UTF-8 by RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
func isValidUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
  var index = 0
  let count = bytes.count
  while index < count {
    if index <= count - 8,
      bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
    {
      index += 8
      continue
    }
    let length = lengthOfScalar(bytes, at: index)
    guard length > 0 else { return false }
    index += length
  }
  return true
}

/// The bytes of the well-formed scalar at `index`, or 0. Table 3-7 of the Unicode standard.
private func lengthOfScalar(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
  let lead = bytes[index]
  if lead < 0x80 { return 1 }
  let length: Int
  var second: ClosedRange<UInt8> = 0x80...0xbf
  switch lead {
  case 0xc2...0xdf: length = 2
  case 0xe0:
    length = 3
    second = 0xa0...0xbf
  case 0xed:
    length = 3
    second = 0x80...0x9f
  case 0xe1...0xef: length = 3
  case 0xf0:
    length = 4
    second = 0x90...0xbf
  case 0xf4:
    length = 4
    second = 0x80...0x8f
  case 0xf1...0xf3: length = 4
  default: return 0
  }
  guard index <= bytes.count - length, second.contains(bytes[index + 1]) else { return 0 }
  for offset in 2..<max(length, 2) where bytes[index + offset] & 0xc0 != 0x80 { return 0 }
  return length
}
