// SPDX-License-Identifier: MIT

/// A session's content, taken apart, by section 3 of docs/format.md: the model that the library's
/// payloads are held to.
struct NaivePayload: Equatable {
  /// All fields but the two below, each in canonical form.
  var fields: [[UInt8]: [UInt8]] = [:]
  /// Each in canonical form.
  var attributes: [[UInt8]: [UInt8]] = [:]
  /// Oldest first.
  var tokens: [[UInt8]] = []

  static let maximumTokens = 32

  static let user = ("user" as StaticString).array
  static let csrf = ("csrf_token" as StaticString).array
  static let address = ("remote_address" as StaticString).array
  static let persistent = ("persistent" as StaticString).array
  static let renewed = ("renewed" as StaticString).array
  static let authenticated = ("authenticated" as StaticString).array
  private static let attributesKey = ("attributes" as StaticString).array
  private static let tokensKey = ("form_tokens" as StaticString).array

  init() {}

  /// Nil if the bytes are no payload.
  init?(_ bytes: [UInt8]) {
    var reader = NaiveMessagePack(bytes)
    guard let count = reader.mapHead() else { return nil }
    var known: Set<[UInt8]> = []
    for _ in 0..<count {
      guard let key = reader.key(), known.insert(key).inserted, readField(key, of: &reader)
      else { return nil }
    }
    guard reader.isAtEnd else { return nil }
  }

  private mutating func readField(_ key: [UInt8], of reader: inout NaiveMessagePack) -> Bool {
    let start = reader
    if key == Self.attributesKey, let count = reader.mapHead() {
      for _ in 0..<count {
        guard let key = reader.key(), let value = reader.value(depth: 0),
          attributes.updateValue(value, forKey: key) == nil
        else { return false }
      }
      return true
    }
    reader = start
    guard let value = reader.value(depth: 0) else { return false }
    let isNil = value == [0xc0]
    switch key {
    case Self.attributesKey: return isNil
    case Self.tokensKey: return isNil || readTokens(value)
    case Self.user where isNil: return true
    case Self.csrf, Self.address:
      if isNil { return true }
      var text = NaiveMessagePack(value)
      guard text.key() != nil else { return false }
    default: break
    }
    fields[key] = value
    return true
  }

  private mutating func readTokens(_ value: [UInt8]) -> Bool {
    // Canonical, so its head tells all.
    let count: Int
    let size: Int
    switch value[0] {
    case 0x90...0x9f: (count, size) = (Int(value[0] & 15), 1)
    case 0xdc: (count, size) = (Int(value[1]) << 8 | Int(value[2]), 3)
    case 0xdd: (count, size) = (value[1...4].reduce(0) { $0 << 8 | Int($1) }, 5)
    default: return false
    }
    var reader = NaiveMessagePack(Array(value[size...]))
    for _ in 0..<count {
      guard let token = reader.key() else { return false }
      tokens.append(token)
    }
    tokens = tokens.suffix(Self.maximumTokens)
    return true
  }

  /// The canonical bytes.
  var encoded: [UInt8] {
    var all = fields
    if !attributes.isEmpty { all[Self.attributesKey] = Self.encode(attributes) }
    if !tokens.isEmpty {
      all[Self.tokensKey] =
        NaiveMessagePack.arrayHead(tokens.count) + tokens.flatMap(NaiveMessagePack.text)
    }
    return Self.encode(all)
  }

  private static func encode(_ entries: [[UInt8]: [UInt8]]) -> [UInt8] {
    var bytes = NaiveMessagePack.mapHead(entries.count)
    for key in entries.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      bytes += NaiveMessagePack.text(key)
      if let value = entries[key] { bytes += value }
    }
    return bytes
  }

  var hasInfo: Bool { fields[Self.user] != nil || !attributes.isEmpty }

  /// Another user begins anew.
  mutating func setUser(_ user: [UInt8]?) {
    guard fields[Self.user] != user else { return }
    fields[Self.user] = user
    fields[Self.authenticated] = nil
    fields[Self.csrf] = nil
    tokens = []
  }

  mutating func addToken(_ token: [UInt8]) {
    tokens = (tokens + [token]).suffix(Self.maximumTokens)
  }
}
