// SPDX-License-Identifier: MIT

#if !hasFeature(Embedded)

/// What a store that is written in Swift need not say itself.
extension SessionStore {
  /// True: a store is an object that many tasks share.
  public var isThreadSafe: Bool { true }

  /// The system's clock.
  public var clock: StoreClock { .system }

  /// 1 MiB.
  public var maximumPayload: Int { 1 << 20 }

  /// Nothing to prepare.
  public func setup() throws(StoreError) {}

  /// By a key that this process drew: another process calls the session something else.
  public func shortHash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    SipHash.hash(bytes, key: processSalt) >> 16
  }

  /// "custom store, session 0a1b2c3d4e5f", with the short hash.
  public func place(of id: SessionID?) -> String {
    guard let id else { return "custom store" }
    return "custom store, session " + id.withBytes { hexadecimal(shortHash($0), digits: 12) }
  }
}

/// The key of short hashes where a store has none of its own.
private let processSalt = (
  UInt64.random(in: UInt64.min...UInt64.max), UInt64.random(in: UInt64.min...UInt64.max)
)

#endif
