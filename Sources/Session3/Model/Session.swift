// SPDX-License-Identifier: MIT

/// One visitor's state: who the user is, the application's attributes, the form tokens.
///
/// A session is a copy of what a store holds, as encoded bytes: setting an attribute encodes it,
/// getting decodes that one, and whether anything changed is a comparison of memory. What is changed
/// here reaches the store by `SessionRepository.save`.
///
/// It belongs to one task or thread at a time; two that work on one session load it each.
public final class Session {
  /// The name of the session; nil until it is given one, or created.
  public internal(set) var id: SessionID? {
    didSet { cID = nil }
  }
  /// What the store held when the session was loaded or last saved: the base of a merge. Nil for a
  /// session that no store knows.
  private(set) var record: Record?
  /// The payload as it was changed, in a record's storage whose head is not sealed; nil if it is the
  /// record's, or empty.
  private var edited: ByteBuffer?
  /// When the session was made.
  private var born: Int64
  /// Whether its maker said when it was made, so that no store's clock knows better.
  private(set) var isBirthGiven: Bool
  /// Whether another user was set, also if that is the first one again.
  var isUserChanged = false
  /// Whether another copy of the session gave it a new id. This copy still saves to it, and is not
  /// told the id.
  var isMoved = false
  /// Whether somebody logged in with that: this copy is not told what is stored, either.
  private(set) var isShutOut = false
  /// The id as a C string, for who borrows it.
  private var cID: ByteBuffer?
  /// For values on their way into the payload.
  private var keptBuffer: ByteBuffer?

  /// A session that no store knows yet.
  /// - Parameters:
  ///   - id: the id under which to save it; nil to let `create` make one.
  ///   - created: its creation time, in microseconds since 1970 UTC; nil for the present, or that of
  ///     the clock of the store that creates it.
  init(id: SessionID?, created: Int64?) {
    self.id = id
    self.born = created ?? StoreClock.system.now()
    self.isBirthGiven = created != nil
  }

  /// A session that a store holds.
  init(id: SessionID, record: Record) {
    self.id = id
    self.record = record
    self.born = record.created
    self.isBirthGiven = true
  }

  /// A session that no store knows yet, made now.
  /// - Parameter id: the id under which to save it; nil to let `SessionRepository.create` make one.
  public convenience init(id: SessionID? = nil) {
    self.init(id: id, created: nil)
  }

  // MARK: State

  /// Whether the session was neither loaded nor saved yet.
  public var isNew: Bool { record == nil }

  /// Whether a save would write.
  public var isChanged: Bool {
    guard let record else { return true }
    guard let edited else { return false }
    return !areEqual(edited.bytes.part(Record.headSize..<edited.count), record.payload)
  }

  /// Whether there is anything worth keeping: a user, or any attribute.
  /// - Throws: `.value` where the content is damaged, which no load lets pass.
  public var hasInfo: Bool {
    get throws(StoreError) {
      if try field(Payload.user) != nil { return true }
      return try field(Payload.attributes) != nil
    }
  }

  /// When the session was created, in microseconds since 1970 UTC.
  public var created: Int64 { record?.created ?? born }

  /// When the session was last in use, as of when it was loaded, in microseconds since 1970 UTC;
  /// never before it was created.
  public var accessed: Int64 { max(record?.accessed ?? born, created) }

  /// The id as a C string, until the session is given another; nil if it has none.
  func idText() throws(StoreError) -> ByteBuffer? {
    if let cID { return cID }
    cID = try id?.cText()
    return cID
  }

  // MARK: Encoded content

  /// The storage with the payload as it is now.
  var storage: ByteBuffer? { edited ?? record?.storage }

  /// The encoded payload, until the next change.
  var payload: UnsafeRawBufferPointer {
    guard let storage else { return Payload.emptyMap }
    return storage.bytes.part(Record.headSize..<storage.count)
  }

  /// Replaces the whole content by an encoded payload in any MessagePack form.
  func setPayload(_ payload: UnsafeRawBufferPointer) throws(StoreError) {
    edited = try Payload.canonical(payload)
  }

  /// The encoded value of a field, until the next change.
  func field(_ name: StaticString) throws(StoreError) -> UnsafeRawBufferPointer? {
    guard let storage else { return nil }
    return try Payload.field(name, in: storage.bytes)
  }

  /// Sets a field to an encoded, canonical value; nil removes it.
  func setField(_ name: StaticString, to value: ByteBuffer?) throws(StoreError) {
    let storage = try makeEditable()
    try Payload.setField(name, to: value?.bytes, in: storage)
    keepAlive(value)
  }

  /// The encoded value of an attribute, until the next change.
  func attribute(_ key: UnsafeRawBufferPointer) throws(StoreError) -> UnsafeRawBufferPointer? {
    guard let storage else { return nil }
    return try Payload.attribute(key, in: storage.bytes)
  }

  /// Sets an attribute to an encoded, canonical value.
  func setAttribute(
    _ key: UnsafeRawBufferPointer, to value: ByteBuffer
  ) throws(StoreError) {
    guard isValidUTF8(key) else { throw StoreError(.value, "an attribute's key is not UTF-8") }
    let storage = try makeEditable()
    try Payload.setAttribute(key, to: value.bytes, in: storage)
    keepAlive(value)
  }

  /// Removes an attribute.
  /// - Returns: whether there was one.
  func removeAttribute(_ key: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
    guard try attribute(key) != nil else { return false }
    return try Payload.setAttribute(key, to: nil, in: makeEditable())
  }

  /// The storage to change: the first change copies.
  private func makeEditable() throws(StoreError) -> ByteBuffer {
    if let edited { return edited }
    let copy: ByteBuffer
    if let record {
      copy = try ByteBuffer.make(copying: record.storage.bytes, spare: 128)
    } else {
      copy = try Payload.empty(spare: 223)
    }
    edited = copy
    return copy
  }

  /// An empty buffer for a value on its way into the payload, which nobody holds on to: kept for the
  /// next value, unless it is large.
  func valueBuffer(capacity: Int) throws(StoreError) -> ByteBuffer {
    guard capacity <= Self.keptCapacity else { return try ByteBuffer.make(capacity: capacity) }
    if let kept = keptBuffer {
      kept.truncate(to: 0)
      return kept
    }
    let made = try ByteBuffer.make(capacity: Self.keptCapacity)
    keptBuffer = made
    return made
  }

  private static var keptCapacity: Int { 128 }

  // MARK: Saving

  /// The storage whose head a save may seal: that of the changed payload, which nobody else has, or
  /// a copy of what was loaded, which stays the base of the next merge.
  func sealableStorage() throws(StoreError) -> ByteBuffer {
    try makeEditable()
  }

  /// Takes what a store now holds as its own state.
  func adopt(_ record: Record) {
    self.record = record
    edited = nil
  }

  /// Becomes a session that no store knows yet, with the content of this one.
  func beginAnew() throws(StoreError) {
    _ = try makeEditable()
    id = nil
    record = nil
    born = StoreClock.system.now()
    isBirthGiven = false
    isMoved = false
    isShutOut = false
  }

  /// Takes what it has for what is stored, where it is not to be told.
  func shutOut() {
    isShutOut = true
    guard let edited, let record else { return }
    Record.restore(edited, record.version, created: record.created)
    self.record = Record(sealed: edited, accessed: record.accessed)
    self.edited = nil
  }

  /// Takes note that the store renewed the access time.
  func noteAccess(at time: Int64) {
    record?.accessed = time
  }
}

@available(*, unavailable, message: "a session belongs to one task at a time: load it in each")
extension Session: Sendable {}
