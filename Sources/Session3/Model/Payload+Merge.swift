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
    var sides = MergeSides(
      base: try MergeSide(base, mapAt: root), theirs: try MergeSide(theirs, mapAt: root),
      ours: try MergeSide(ours, mapAt: root))
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

  /// Writes the merged map.
  ///
  /// `login`: nil for a map of attributes.
  ///
  /// - Returns: the number of its entries.
  private static func merge(
    _ sides: inout MergeSides, login: Login?, to writer: MessagePackWriter
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
      var sides = MergeSides(
        base: try MergeSide(base), theirs: try MergeSide(theirs), ours: try MergeSide(ours))
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
