// SPDX-License-Identifier: MIT

extension Payload {
  /// Merges two descendants of one payload: what one side changed is kept, and where both changed
  /// one field or attribute, ours is. Form tokens merge as a set, unless one side logged somebody in:
  /// then its tokens alone count, since who knew the others may have planted the session.
  /// - Parameters: the storages of records.
  /// - Returns: a storage, its head not yet sealed.
  static func merge(
    base: UnsafeRawBufferPointer, theirs: UnsafeRawBufferPointer, ours: UnsafeRawBufferPointer
  ) throws(StoreError) -> ByteBuffer {
    let storage = try Record.buffer(payloadCapacity: theirs.count &+ ours.count)
    var sides = Sides(
      base: try Side(base, mapAt: root), theirs: try Side(theirs, mapAt: root),
      ours: try Side(ours, mapAt: root))
    let login = Login(base: base, theirs: theirs, ours: ours)
    _ = try merge(&sides, login: login, to: MessagePackWriter(buffer: storage))
    return storage
  }

  /// Tells which side changed the user.
  private struct Login {
    let base: UnsafeRawBufferPointer
    let theirs: UnsafeRawBufferPointer
    let ours: UnsafeRawBufferPointer

    enum Changer {
      case nobody
      case theirs
      case ours
    }

    func changer() throws(StoreError) -> Changer {
      if try !haveSameUser(base, ours) { return .ours }
      return try haveSameUser(base, theirs) ? .nobody : .theirs
    }
  }

  /// Whether the same user, or nobody, is logged in.
  static func haveSameUser(
    _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer
  ) throws(StoreError) -> Bool {
    try areEqual(field(user, in: one), field(user, in: other))
  }

  /// What a visitor changed may be of, without anything that tells who he is: the payload `base` with
  /// the attributes of `ours`.
  static func attributes(
    of ours: UnsafeRawBufferPointer, in base: UnsafeRawBufferPointer
  ) throws(StoreError) -> ByteBuffer {
    let storage = try ByteBuffer.make(copying: base, spare: ours.count)
    try setField(attributes, to: field(attributes, in: ours), in: storage)
    return storage
  }

  /// Puts ours in the place of theirs, all but the form tokens, which merge: one that was used must
  /// not pass again. Where we logged somebody in, ours alone count.
  static func overwrite(
    base: UnsafeRawBufferPointer, theirs: UnsafeRawBufferPointer, ours: UnsafeRawBufferPointer
  ) throws(StoreError) -> ByteBuffer {
    let storage = try ByteBuffer.make(copying: ours, spare: 64)
    guard try haveSameUser(base, ours) else { return storage }
    let merged = try FormTokens.merge(
      base: tokens(field(formTokens, in: base)), theirs: tokens(field(formTokens, in: theirs)),
      ours: tokens(field(formTokens, in: ours)))
    try setField(formTokens, to: merged?.bytes, in: storage)
    keepAlive(merged)
    return storage
  }

  /// One of the three maps, at one of its entries.
  private struct Side {
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

  /// The three maps.
  private struct Sides {
    var base: Side
    var theirs: Side
    var ours: Side

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

  /// Writes the merged map.
  ///
  /// `login`: nil for a map of attributes.
  ///
  /// - Returns: the number of its entries.
  private static func merge(
    _ sides: inout Sides, login: Login?, to writer: MessagePackWriter
  ) throws(StoreError) -> Int {
    let start = writer.buffer.count
    let expected = sides.theirs.count
    var count = 0
    try writer.map(expected)
    while true {
      if let equal = try sides.takeEqual() {
        try writer.encoded(equal.bytes)
        count += equal.count
      }
      guard let key = sides.key else { break }
      let base = try sides.base.take(key)
      let theirs = try sides.theirs.take(key)
      let ours = try sides.ours.take(key)
      let isWritten =
        if let login {
          try mergeField(key, base: base, theirs: theirs, ours: ours, login, to: writer)
        } else {
          try write(key, choose(base: base, theirs: theirs, ours: ours), to: writer)
        }
      if isWritten { count += 1 }
    }
    try SortedMap.setCount(from: expected, to: count, in: writer.buffer, at: start)
    return count
  }

  /// Writes an entry, if there is a value.
  private static func write(
    _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, to writer: MessagePackWriter
  ) throws(StoreError) -> Bool {
    guard let value else { return false }
    try writer.text(key)
    try writer.encoded(value)
    return true
  }

  /// Writes a merged field, if anything is left of it.
  private static func mergeField(
    _ name: UnsafeRawBufferPointer, base: UnsafeRawBufferPointer?,
    theirs: UnsafeRawBufferPointer?, ours: UnsafeRawBufferPointer?, _ login: Login,
    to writer: MessagePackWriter
  ) throws(StoreError) -> Bool {
    if areEqual(name, attributes.bytes) {
      let start = writer.buffer.count
      var sides = Sides(base: try Side(base), theirs: try Side(theirs), ours: try Side(ours))
      try writer.text(name)
      guard try merge(&sides, login: nil, to: writer) > 0 else {
        writer.buffer.truncate(to: start)
        return false
      }
      return true
    }
    let areTokens = areEqual(name, formTokens.bytes)
    if areTokens || areEqual(name, csrfToken.bytes) {
      switch try login.changer() {
      case .ours: return try write(name, ours, to: writer)
      case .theirs: return try write(name, theirs, to: writer)
      case .nobody: break
      }
    }
    guard areTokens else {
      return try write(name, choose(base: base, theirs: theirs, ours: ours), to: writer)
    }
    let merged = try FormTokens.merge(
      base: tokens(base), theirs: tokens(theirs), ours: tokens(ours))
    defer { keepAlive(merged) }
    return try write(name, merged?.bytes, to: writer)
  }

  private static func tokens(_ encoded: UnsafeRawBufferPointer?) throws(StoreError) -> FormTokens {
    guard let encoded else { return .none }
    return try FormTokens(encoded: encoded)
  }

  /// Theirs where we left the value as it was, else ours.
  private static func choose(
    base: UnsafeRawBufferPointer?, theirs: UnsafeRawBufferPointer?, ours: UnsafeRawBufferPointer?
  ) -> UnsafeRawBufferPointer? {
    areEqual(base, ours) ? theirs : ours
  }
}
