// SPDX-License-Identifier: MIT

extension Payload {
  /// Checks a payload.
  /// - Returns: whether it is in canonical form.
  static func check(_ payload: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
    if isSurelyCanonical(payload) { return true }
    return try checkInFull(payload)
  }

  /// The same without the quick look, which says yes to most.
  static func checkInFull(_ payload: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
    var reader = MessagePackReader(payload)
    let isCanonical = try checkMap(&reader, isRoot: true)
    guard reader.isAtEnd else {
      throw StoreError(.value, "bytes follow the payload", offset: reader.offset)
    }
    return isCanonical && reader.isCanonical
  }

  /// Whether a payload passes `check`, and is in canonical form; false where a quick look can't say.
  static func isSurelyCanonical(_ payload: UnsafeRawBufferPointer) -> Bool {
    guard var scan = CanonicalScan(payload), let count = scan.map() else { return false }
    return scan.sortedEntries(count) { (key, scan) in scanField(key, &scan) } && scan.isAtEnd
  }

  /// Passes over a field's value, if it is surely what the field should have.
  private static func scanField(
    _ name: UnsafeRawBufferPointer, _ scan: inout CanonicalScan
  ) -> Bool {
    switch name.count {
    case 10 where areEqual(name, attributes.bytes):
      guard let count = scan.map(), count > 0 else { return false }
      return scan.sortedEntries(count) { (_, scan) in scan.value() }
    case 10 where areEqual(name, csrfToken.bytes), 14 where areEqual(name, remoteAddress.bytes):
      return scan.text() != nil
    case 11 where areEqual(name, formTokens.bytes):
      guard let count = scan.array(), 1...FormTokens.maximum ~= count else { return false }
      for _ in 0..<count where scan.text() == nil { return false }
      return true
    default: return !scan.isAtNull && scan.value()
    }
  }

  private static func checkMap(
    _ reader: inout MessagePackReader, isRoot: Bool
  ) throws(StoreError) -> Bool {
    let start = reader
    guard case .map(let count) = try reader.next() else {
      throw StoreError(.value, "a map was expected", offset: start.offset)
    }
    var isCanonical = true
    var previous: UnsafeRawBufferPointer?
    for _ in 0..<count {
      let key = reader.bytes.part(try reader.key())
      if let previous, order(previous, key) >= 0 { isCanonical = false }
      previous = key
      do throws(StoreError) {
        let isValueCanonical =
          isRoot ? try checkField(key, &reader) : try checkAttribute(&reader)
        isCanonical = isValueCanonical && isCanonical
      } catch {
        throw error.attribute == nil
          ? error.of(attribute: String(decoding: key, as: UTF8.self)) : error
      }
    }
    if !isCanonical { _ = try sortedEntries(ofMapAt: start.offset, in: reader.bytes) }
    return isCanonical
  }

  private static func checkAttribute(
    _ reader: inout MessagePackReader
  ) throws(StoreError) -> Bool {
    try reader.check()
    return true
  }

  /// Checks a field's value by what the field is.
  /// - Returns: whether the field stands as in canonical form; how its parts are encoded is the
  ///   reader's to know.
  private static func checkField(
    _ name: UnsafeRawBufferPointer, _ reader: inout MessagePackReader
  ) throws(StoreError) -> Bool {
    let start = reader.offset
    var value = reader
    let token = try value.next()
    if isLeftOut(name, token) {
      reader = value
      return false
    }
    if areEqual(name, attributes.bytes) { return try checkMap(&reader, isRoot: false) }
    try reader.check()
    guard try isOfRightType(name, token, rest: value) else {
      throw StoreError(.value, "the field has the wrong type", offset: start)
    }
    if case .array(let count) = token, areEqual(name, formTokens.bytes) {
      return count <= FormTokens.maximum
    }
    return true
  }

  /// Whether a field has the type that it must have, where it must have one.
  private static func isOfRightType(
    _ name: UnsafeRawBufferPointer, _ token: MessagePackToken, rest: MessagePackReader
  ) throws(StoreError) -> Bool {
    if areEqual(name, formTokens.bytes) {
      guard case .array(let count) = token else { return false }
      var rest = rest
      for _ in 0..<count {
        guard case .text = try rest.next() else { return false }
      }
      return true
    }
    if areEqual(name, remoteAddress.bytes) || areEqual(name, csrfToken.bytes) {
      guard case .text = token else { return false }
    }
    return true
  }

  /// Whether canonical form leaves a field out: nil, or empty where it is a collection of ours.
  static func isLeftOut(
    _ name: UnsafeRawBufferPointer, _ token: MessagePackToken
  ) -> Bool {
    switch token {
    case .map(0): areEqual(name, attributes.bytes)
    case .array(0): areEqual(name, formTokens.bytes)
    case .null:
      [user, remoteAddress, csrfToken, formTokens, attributes].contains {
        areEqual(name, $0.bytes)
      }
    default: false
    }
  }
}
