// SPDX-License-Identifier: MIT
internal import CSession3

/// A store as a dictionary, and what include/session3/store.h promises of each call, for one caller
/// at a time. Each function answers the status that the library must answer.
struct StoreModel {
  typealias ID = [UInt8]

  struct Stored: Equatable {
    var content: NaivePayload
    var created: Int64
    /// As it was set: reads as the creation where that is later.
    var accessed: Int64
    /// The same for all states of a session, until it is made anew.
    var life: Int
    /// Another one for each state.
    var version: Int

    var reading: Int64 { max(accessed, created) }
  }

  var sessions: [ID: Stored] = [:]
  /// Where a session is that was given a new id.
  var renewed: [Int: ID] = [:]
  var now: Int64
  let maximum: Int
  let resolution: Int64
  let policy: UInt32
  private var numbers = 0

  init(now: Int64, maximum: Int, resolution: Int64, policy: UInt32) {
    self.now = now
    self.maximum = maximum
    self.resolution = resolution
    self.policy = policy
  }

  mutating func fresh() -> Int {
    numbers += 1
    return numbers
  }

  func fits(_ content: NaivePayload) -> Bool { content.encoded.count <= maximum }

  /// Stores a state; nil if it is too large.
  mutating func put(
    _ id: ID, _ content: NaivePayload, created: Int64, life: Int
  ) -> Stored? {
    guard fits(content) else { return nil }
    let stored = Stored(
      content: content, created: created, accessed: now, life: life, version: fresh())
    sessions[id] = stored
    return stored
  }

  static func isID(_ bytes: [UInt8]) -> Bool {
    (1...128).contains(bytes.count)
      && bytes.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
          || $0 == 0x5f || $0 == 0x2d
      }
  }

  // MARK: By id

  mutating func delete(_ id: ID) -> session3_status {
    guard Self.isID(id) else { return SESSION3_E_INVALID }
    return sessions.removeValue(forKey: id) == nil ? SESSION3_NOT_FOUND : SESSION3_OK
  }

  mutating func touch(_ id: ID, at time: Int64? = nil) -> session3_status {
    guard Self.isID(id) else { return SESSION3_E_INVALID }
    guard sessions[id] != nil else { return SESSION3_E_GONE }
    sessions[id]?.accessed = time ?? now
    return SESSION3_OK
  }

  /// What an increment answers, and the sum where that is OK.
  mutating func increment(
    _ id: ID, _ key: [UInt8], by delta: Int64
  ) -> (session3_status, Int64) {
    guard Self.isID(id) else { return (SESSION3_E_INVALID, 0) }
    guard isText(key) else { return (SESSION3_E_VALUE, 0) }
    guard let found = sessions[id] else { return (SESSION3_E_GONE, 0) }
    var before: Int128 = 0
    if let value = found.content.attributes[key] {
      guard let number = Self.integer(value) else { return (SESSION3_E_TYPE, 0) }
      before = number
    }
    guard let sum = Int64(exactly: before + Int128(delta)) else { return (SESSION3_E_RANGE, 0) }
    var content = found.content
    content.attributes[key] = NaiveMessagePack.integer(Int128(sum))
    let stored = put(id, content, created: found.created, life: found.life)
    return (stored == nil ? SESSION3_E_TOO_LARGE : SESSION3_OK, sum)
  }

  /// The integer of canonical bytes.
  private static func integer(_ value: [UInt8]) -> Int128? {
    let bits = value.dropFirst().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    switch value[0] {
    case 0...0x7f: return Int128(value[0])
    case 0xe0...: return Int128(Int8(bitPattern: value[0]))
    case 0xcc...0xcf: return Int128(bits)
    case 0xd0: return Int128(Int8(truncatingIfNeeded: bits))
    case 0xd1: return Int128(Int16(truncatingIfNeeded: bits))
    case 0xd2: return Int128(Int32(truncatingIfNeeded: bits))
    case 0xd3: return Int128(Int64(truncatingIfNeeded: bits))
    default: return nil
    }
  }

  mutating func consume(_ id: ID, _ token: [UInt8]) -> session3_status {
    guard Self.isID(id) else { return SESSION3_E_INVALID }
    guard let found = sessions[id], found.content.tokens.contains(token) else {
      return SESSION3_NOT_FOUND
    }
    var content = found.content
    content.tokens.removeAll { $0 == token }
    _ = put(id, content, created: found.created, life: found.life)
    return SESSION3_OK
  }

  // MARK: Many

  /// How many a sweep deletes.
  mutating func sweep(olderThan limit: Int64) -> Int {
    let before = sessions.count
    for (id, stored) in sessions {
      let isBornLater = stored.created - now > 60_000_000
      let last = isBornLater ? stored.accessed : stored.reading
      if max(0, now - last) > limit {
        sessions[id] = nil
      } else if stored.accessed - now > 60_000_000 {
        sessions[id]?.accessed = now
      }
    }
    return before - sessions.count
  }

  mutating func deleteSessions(ofUser user: [UInt8], except spared: ID?) -> Int {
    let before = sessions.count
    for (id, stored) in sessions
    where id != spared && stored.content.fields[NaivePayload.user] == user { sessions[id] = nil }
    return before - sessions.count
  }
}
