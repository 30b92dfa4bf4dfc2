// SPDX-License-Identifier: MIT

/// Changes that are made in the store, so that none is lost and none happens twice.
extension SessionRepository {
  /// Adds to an integer attribute; a missing one counts as 0.
  /// - Returns: the new value.
  /// - Throws: `.gone` if there is no such session, `.type` if the attribute is no integer, `.range`
  ///   if the sum is no `Int64`.
  func increment(
    _ id: SessionID, _ key: UnsafeRawBufferPointer, by delta: Int64
  ) throws(StoreError) -> Int64 {
    var result: Int64 = 0
    do throws(StoreError) {
      guard isValidUTF8(key) else { throw StoreError(.value, "an attribute's key is not UTF-8") }
      try change(id) { (storage) throws(StoreError) in
        let sum = try Self.sum(of: key, in: storage, and: delta)
        let value = try ByteBuffer.make(capacity: 9)
        try MessagePackWriter(buffer: value).int(sum)
        try Payload.setAttribute(key, to: value.bytes, in: storage)
        keepAlive(value)
        result = sum
        return true
      }
    } catch {
      throw failed("increment", id, error)
    }
    return result
  }

  /// Checks a form token and forgets it in the store: of all who ask with one token, one is told
  /// true.
  func consumeFormToken(
    _ id: SessionID, _ token: UnsafeRawBufferPointer
  ) throws(StoreError) -> Bool {
    var isConsumed = false
    do throws(StoreError) {
      try change(id) { (storage) throws(StoreError) in
        let tokens = try FormTokens(in: storage.bytes)
        isConsumed = tokens.contains(token)
        guard isConsumed else { return false }
        let rest = try tokens.removing(token)
        try Payload.setField(Payload.formTokens, to: rest?.bytes, in: storage)
        keepAlive(rest)
        return true
      }
    } catch  where error.code == .gone {
      return false
    } catch {
      throw failed("consume form token", id, error)
    }
    return isConsumed
  }

  /// Changes a stored payload.
  ///
  /// `edit`: changes a copy of the storage, and answers whether to store it; may be called
  ///   again with another.
  private func change(
    _ id: SessionID, _ edit: (ByteBuffer) throws(StoreError) -> Bool
  ) throws(StoreError) {
    var written: Int?
    try store.update(id) { (found) throws(StoreError) in
      guard let found else { throw Self.gone }
      let storage = try ByteBuffer.make(copying: found.storage.bytes, spare: 64)
      written = nil
      guard try edit(storage) else { return .leave }
      guard storage.count - Record.headSize <= store.maximumPayload else {
        throw StoreError(.tooLarge, "the payload is larger than the store's maximum")
      }
      guard found.revision != UInt64.max else {
        throw StoreError(.range, "the revision can't count further")
      }
      Record.seal(
        storage, for: id, revision: found.revision + 1, created: found.created,
        incarnation: found.incarnation)
      written = storage.count
      return .store(Record(sealed: storage, accessed: store.clock.now()))
    }
    guard let written else { return }
    store.monitor.updates.add()
    store.monitor.bytesWritten.add(UInt64(written))
  }

  private static func sum(
    of key: UnsafeRawBufferPointer, in storage: ByteBuffer, and delta: Int64
  ) throws(StoreError) -> Int64 {
    guard let old = try Payload.attribute(key, in: storage.bytes) else { return delta }
    var reader = MessagePackReader(old)
    switch try reader.next() {
    case .int(let value):
      let (sum, overflow) = value.addingReportingOverflow(delta)
      guard !overflow else {
        throw StoreError(.range, "the sum does not fit into 64 bits with a sign")
      }
      return sum
    case .uint(let value):
      // Above Int64.max, from where a negative delta may lead back.
      let (sum, overflow) = value.subtractingReportingOverflow(delta.magnitude)
      guard delta < 0, !overflow, let sum = Int64(exactly: sum) else {
        throw StoreError(.range, "the sum does not fit into 64 bits with a sign")
      }
      return sum
    default: throw StoreError(.type, "the attribute is no integer")
    }
  }
}
