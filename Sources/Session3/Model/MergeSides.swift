// SPDX-License-Identifier: MIT

/// The three maps of a merge, walked beside each other in the order of their keys.
struct MergeSides {
  var base: MergeSide
  var theirs: MergeSide
  var ours: MergeSide

  /// Goes past the entries from here on that all three have, of which mostly there are many: a
  /// session hardly changes at once. One side is walked for all.
  /// - Returns: their number and bytes; nil if the present ones differ.
  mutating func takeEqual() throws(StoreError) -> (count: Int, bytes: UnsafeRawBufferPointer)? {
    let most = min(base.count, theirs.count, ours.count)
    guard most > 0 else { return nil }
    let rest = theirs.rest
    let equal = equalCount(rest, ours.rest, base.rest)
    var (count, size) = (0, 0)
    while count < most, size &+ theirs.size <= equal {
      count &+= 1
      size &+= theirs.size
      try theirs.advance()
    }
    guard count > 0 else { return nil }
    try base.pass(count, size: size)
    try ours.pass(count, size: size)
    return (count, rest.part(0..<size))
  }

  /// The smallest of the keys; nil behind the last.
  var key: UnsafeRawBufferPointer? {
    Self.smaller(Self.smaller(theirs.key, ours.key), base.key)
  }

  private static func smaller(
    _ one: UnsafeRawBufferPointer?, _ other: UnsafeRawBufferPointer?
  ) -> UnsafeRawBufferPointer? {
    guard let one, let other else { return one ?? other }
    return order(one, other) <= 0 ? one : other
  }
}

/// One of the three maps of a merge, at one of its entries.
struct MergeSide {
  private var cursor: SortedMap.Cursor?
  private var isAtEntry = false

  /// The map that begins at `offset`.
  init(_ bytes: UnsafeRawBufferPointer, mapAt offset: Int) throws(StoreError) {
    cursor = try SortedMap.Cursor(bytes, at: offset)
    try advance()
  }

  /// An encoded map, an absent one as one without entries.
  init(_ encoded: UnsafeRawBufferPointer?) throws(StoreError) {
    guard let encoded else { return }
    cursor = try SortedMap.Cursor(encoded, at: 0)
    try advance()
  }

  /// The present entry and those behind it.
  var count: Int { isAtEntry ? 1 &+ (cursor?.remaining ?? 0) : 0 }

  var key: UnsafeRawBufferPointer? { isAtEntry ? cursor?.key : nil }

  /// The bytes from the present entry on, also those behind the map; none behind the last entry.
  var rest: UnsafeRawBufferPointer {
    guard isAtEntry, let cursor else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return cursor.bytes.part(cursor.entry.start..<cursor.bytes.count)
  }

  /// The size of the present entry.
  var size: Int { cursor?.entry.whole.count ?? 0 }

  /// The value at `key`, which is this side's present one or a smaller one; goes on past it.
  mutating func take(_ key: UnsafeRawBufferPointer) throws(StoreError)
    -> UnsafeRawBufferPointer?
  {
    guard let mine = self.key, areEqual(mine, key) else { return nil }
    let value = cursor?.value
    try advance()
    return value
  }

  mutating func advance() throws(StoreError) {
    isAtEntry = try cursor?.advance() == true
  }

  mutating func pass(_ count: Int, size: Int) throws(StoreError) {
    isAtEntry = try cursor?.pass(count, size: size) == true
  }
}
