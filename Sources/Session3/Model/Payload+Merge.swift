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
    let writer = MessagePackWriter(buffer: storage)
    try merge(
      base: Side(base, mapAt: root), theirs: Side(theirs, mapAt: root),
      ours: Side(ours, mapAt: root),
      login: Login(base: base, theirs: theirs, ours: ours), to: writer)
    return storage
  }

  /// Which side changed the user.
  private enum Login {
    case nobody
    case theirs
    case ours

    init(
      base: UnsafeRawBufferPointer, theirs: UnsafeRawBufferPointer, ours: UnsafeRawBufferPointer
    ) throws(StoreError) {
      if try !haveSameUser(base, ours) {
        self = .ours
      } else {
        self = try haveSameUser(base, theirs) ? .nobody : .theirs
      }
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
    private(set) var key: UnsafeRawBufferPointer?

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

    /// The value at `key`, which is this side's present one or a smaller one; goes on past it.
    mutating func take(_ key: UnsafeRawBufferPointer) throws(StoreError)
      -> UnsafeRawBufferPointer?
    {
      guard let mine = self.key, areEqual(mine, key) else { return nil }
      let value = cursor?.valueBytes
      try advance()
      return value
    }

    private mutating func advance() throws(StoreError) {
      key = try cursor?.advance() == true ? cursor?.key : nil
    }
  }

  private static func merge(
    base: consuming Side, theirs: consuming Side, ours: consuming Side, login: Login?,
    to writer: MessagePackWriter
  ) throws(StoreError) {
    let entries = MessagePackWriter(buffer: try ByteBuffer.make(capacity: 256))
    var count = 0
    while let key = smallest(theirs.key, ours.key, base.key) {
      let old = try base.take(key)
      let their = try theirs.take(key)
      let our = try ours.take(key)
      let value: Merged
      if let login {
        value = try mergeField(key, base: old, theirs: their, ours: our, login)
      } else {
        value = .borrowed(choose(base: old, theirs: their, ours: our))
      }
      guard let bytes = value.bytes else { continue }
      try entries.text(key)
      try entries.encoded(bytes)
      keepAlive(value.owner)
      count += 1
    }
    try writer.map(count)
    try writer.encoded(entries.buffer.bytes)
    keepAlive(entries.buffer)
  }

  /// A merged value: one of the three as it is, or a new one.
  private enum Merged {
    case borrowed(UnsafeRawBufferPointer?)
    case owned(ByteBuffer?)

    var bytes: UnsafeRawBufferPointer? {
      switch self {
      case .borrowed(let bytes): bytes
      case .owned(let buffer): buffer?.bytes
      }
    }

    var owner: ByteBuffer? {
      if case .owned(let buffer) = self { buffer } else { nil }
    }
  }

  private static func mergeField(
    _ name: UnsafeRawBufferPointer, base: UnsafeRawBufferPointer?,
    theirs: UnsafeRawBufferPointer?, ours: UnsafeRawBufferPointer?, _ login: Login
  ) throws(StoreError) -> Merged {
    if areEqual(name, attributes.bytes) {
      let buffer = try ByteBuffer.make(capacity: 256)
      try merge(
        base: Side(base), theirs: Side(theirs), ours: Side(ours), login: nil,
        to: MessagePackWriter(buffer: buffer))
      return .owned(try SortedMap.count(in: buffer.bytes, at: 0) > 0 ? buffer : nil)
    }
    let areTokens = areEqual(name, formTokens.bytes)
    if areTokens || areEqual(name, csrfToken.bytes), login != .nobody {
      return .borrowed(login == .ours ? ours : theirs)
    }
    if areTokens {
      return .owned(
        try FormTokens.merge(base: tokens(base), theirs: tokens(theirs), ours: tokens(ours)))
    }
    return .borrowed(choose(base: base, theirs: theirs, ours: ours))
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

  private static func smallest(
    _ keys: UnsafeRawBufferPointer?...
  ) -> UnsafeRawBufferPointer? {
    var smallest: UnsafeRawBufferPointer?
    for case let key? in keys {
      if let found = smallest, order(found, key) <= 0 { continue }
      smallest = key
    }
    return smallest
  }
}
