// SPDX-License-Identifier: MIT
internal import CSession3
internal import CSession3Fuzz
internal import CSession3System

/// Lends bytes as C takes them, in memory of their very size.
func lend<Result>(
  _ bytes: [UInt8], _ body: (UnsafePointer<CChar>?, Int) -> Result
) -> Result {
  let copy = exact(bytes)
  defer { keepAlive(copy) }
  return body(copy.bytes.baseAddress?.assumingMemoryBound(to: CChar.self), copy.count)
}

func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8] {
  Array(UnsafeRawBufferPointer(start: start, count: count))
}

/// A store beside its model, and some sessions in a host's hands.
final class StoreRun {
  static let epoch: Int64 = 1_767_323_045_678_901
  static let ids: [StoreModel.ID] = [
    ("a" as StaticString).array, ("B-_9" as StaticString).array,
    [UInt8](repeating: 0x78, count: 128), ("no/id" as StaticString).array,
    [UInt8](repeating: 0x78, count: 129),
  ]

  struct Copy {
    let handle: OpaquePointer
    var model: CopyModel
  }

  let store: OpaquePointer
  let isDirectory: Bool
  var model: StoreModel
  var copies: [Copy?] = [nil, nil, nil, nil]
  /// Ids that the library made, the newest last.
  private var made: [StoreModel.ID] = []
  /// Tokens that the library made.
  var tokens: [[UInt8]] = []
  private let clock: UnsafeMutablePointer<Int64>
  /// The model's version of each real one that was seen.
  private var versions: [[UInt64]: Int] = [:]

  /// Bits of `flags`: a directory, a small maximum, a resolution, the policy.
  init?(_ flags: UInt8) {
    isDirectory = flags & 1 != 0
    clock = .allocate(capacity: 1)
    clock.initialize(to: Self.epoch)
    let policies: [UInt32] = [0, SESSION3_SAVE_FAIL, SESSION3_SAVE_OVERWRITE, 0x101]
    model = StoreModel(
      now: Self.epoch, maximum: flags & 2 != 0 ? 700 : 1 << 20,
      resolution: flags & 4 != 0 ? 1 : 1_000_000, policy: policies[Int(flags >> 3 & 3)])
    guard let store = Self.open(model, clock, isDirectory) else {
      expect(false, "a store opens")
      return nil
    }
    self.store = store
  }

  deinit { clock.deallocate() }

  private static func open(
    _ model: StoreModel, _ clock: UnsafeMutablePointer<Int64>, _ isDirectory: Bool
  ) -> OpaquePointer? {
    var store: OpaquePointer?
    let resolution = model.resolution == 1 ? 1 : 0 as Int64
    if isDirectory {
      var options = session3_directory_options()
      options.size = MemoryLayout<session3_directory_options>.size
      options.policy = model.policy
      options.maximum_payload = UInt64(model.maximum)
      options.access_resolution_us = resolution
      options.clock = fuzz_clock
      options.clock_context = UnsafeMutableRawPointer(clock)
      let path = fuzz_empty_directory()
      let length = path.map { strlen($0) } ?? 0
      expect(
        session3_store_open_directory(path, length, &options, &store, nil) == SESSION3_OK, "open")
    } else {
      var options = session3_memory_options()
      options.size = MemoryLayout<session3_memory_options>.size
      options.policy = model.policy
      options.maximum_payload = UInt64(model.maximum)
      options.access_resolution_us = resolution
      options.clock = fuzz_clock
      options.clock_context = UnsafeMutableRawPointer(clock)
      expect(session3_store_open_memory(&options, &store, nil) == SESSION3_OK, "open")
    }
    return store
  }

  /// Moves the clock, within a month.
  func advance(_ step: Int64) {
    let now = model.now + step
    guard abs(now - Self.epoch) < 20 * 86_400_000_000 else { return }
    model.now = now
    clock.pointee = now
  }

  // MARK: What an input names

  func id(_ input: inout Input) -> StoreModel.ID {
    let number = Int(input.byte())
    let known = Self.ids + made.suffix(3)
    return known[number % known.count]
  }

  func noteMade(_ id: StoreModel.ID) {
    expect(StoreModel.isID(id) && id.count == Int(SESSION3_ID_LENGTH), "an id is well formed")
    expect(!made.contains(id), "an id is made once")
    made.append(id)
  }

  func token(_ input: inout Input) -> [UInt8] {
    let number = Int(input.byte())
    guard !tokens.isEmpty, number != 255 else { return ("no-token" as StaticString).array }
    return tokens[number % tokens.count]
  }

  func key(_ input: inout Input) -> [UInt8] {
    let number = Int(input.byte())
    return number == 255 ? [0xff] : [0x6b, 0x30 + UInt8(number % 5)]
  }

  /// Puts a session into a slot, and frees the one that was there.
  func put(_ copy: Copy?, in slot: Int) {
    if let old = copies[slot] { session3_session_free(old.handle) }
    copies[slot] = copy
  }

  /// Checks a call's status by the model's.
  func check(_ status: session3_status, _ wanted: session3_status, _ rule: StaticString) {
    expect(status == wanted, rule)
  }

  // MARK: All of it

  /// Every session is what the model has, and none else is there.
  func checkStore() {
    for (id, stored) in model.sessions { checkStored(id, stored) }
    for id in Self.ids + made where model.sessions[id] == nil {
      let has = lend(id) { session3_store_has(store, $0, $1, nil) }
      expect(has == SESSION3_NOT_FOUND, "what the model does not have is not there")
    }
  }

  private func checkStored(_ id: StoreModel.ID, _ stored: StoreModel.Stored) {
    var snapshot = session3_snapshot()
    snapshot.size = MemoryLayout<session3_snapshot>.size
    let wanted = stored.content.encoded
    var length = 0
    let room = exact([UInt8](repeating: 0, count: wanted.count))
    defer { keepAlive(room) }
    let status = lend(id) {
      session3_store_load_encoded(store, $0, $1, &snapshot, room.start, room.count, &length, nil)
    }
    expect(status == SESSION3_OK && length == wanted.count, "what the model has is stored")
    expect(array(room) == wanted, "content is what the model has")
    expect(snapshot.created_us == stored.created, "the creation time stays")
    expect(snapshot.accessed_us == stored.reading, "the access time is the last use")
    let version = [
      snapshot.version.revision, snapshot.version.incarnation, UInt64(snapshot.version.checksum),
    ]
    let known = versions.updateValue(stored.version, forKey: version)
    expect(known == nil || known == stored.version, "equal versions are the same content")
  }

  /// A walk sees each session once.
  func checkWalk() {
    var iterator: OpaquePointer?
    expect(session3_store_iterate(store, &iterator, nil) == SESSION3_OK, "a walk begins")
    defer { session3_iterator_free(iterator) }
    var seen: Set<StoreModel.ID> = []
    while true {
      var session: OpaquePointer?
      let status = session3_iterator_next(iterator, &session, nil)
      guard status == SESSION3_OK else {
        expect(status == SESSION3_DONE && session == nil, "a walk ends")
        break
      }
      let id = id(of: session) ?? []
      expect(seen.insert(id).inserted, "a walk sees a session once")
      let wanted = model.sessions[id]?.content.encoded
      expect(payload(of: session) == wanted, "a walk sees what is there")
      session3_session_free(session)
    }
    expect(seen.count == model.sessions.count, "a walk sees all sessions")
  }

  func id(of session: OpaquePointer?) -> StoreModel.ID? {
    var (start, length): (UnsafePointer<CChar>?, Int) = (nil, 0)
    guard session3_session_id(session, &start, &length, nil) == SESSION3_OK else { return nil }
    expect(start?[length] == 0, "an id ends with NUL")
    return bytes(start, length)
  }

  func payload(of session: OpaquePointer?) -> [UInt8] {
    var (start, length): (UnsafeRawPointer?, Int) = (nil, 0)
    expect(session3_session_payload(session, &start, &length, nil) == SESSION3_OK, "a payload")
    return bytes(start, length)
  }

  /// A copy is what the model has.
  func check(_ copy: Copy) {
    let model = copy.model
    expect(payload(of: copy.handle) == model.content.encoded, "a copy holds what the model has")
    expect(id(of: copy.handle) == model.id, "a copy has the id that the model has")
    expect(session3_session_is_new(copy.handle) == (model.base == nil), "new or not")
    expect(session3_session_is_changed(copy.handle) == model.isChanged, "changed or not")
    expect(session3_session_has_info(copy.handle) == model.content.hasInfo, "worth keeping or not")
    expect(
      session3_session_attribute_count(copy.handle) == model.content.attributes.count,
      "as many attributes")
    guard model.base != nil else { return }
    expect(session3_session_created_us(copy.handle) == model.created, "created when it was")
    expect(
      session3_session_accessed_us(copy.handle) == max(model.accessed, model.created),
      "accessed when it was")
  }

  /// Frees all, the store among the sessions, and finds nothing left over.
  func end(storeFirst: Bool) {
    checkStore()
    checkWalk()
    if isDirectory {
      expect(fuzz_count_files() == model.sessions.count, "a file for each session, and no other")
      expect(fuzz_count_own_files() == 1, "no file of the store's but its own")
    }
    if storeFirst { session3_store_free(store) }
    for slot in copies.indices { put(nil, in: slot) }
    if !storeFirst { session3_store_free(store) }
  }
}
