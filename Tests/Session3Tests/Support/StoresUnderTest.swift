// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// How the stores of a test are opened.
struct StoreSettings {
  var policy = SavePolicy.merge
  var clock = StoreClock.system
  var accessResolution: Int64 = 1_000_000
  var maximumPayload = 1 << 20
}

extension XCTestCase {
  /// Runs a test on an empty repository of each kind of store. `body` gets the repository and the
  /// kind's name, for messages.
  func onEachStore(
    _ settings: StoreSettings = StoreSettings(), file: StaticString = #filePath,
    line: UInt = #line, _ body: (SessionRepository, String) throws -> Void
  ) throws {
    let stores: [(String, any SessionStore)] = [
      ("memory", try memoryStore(settings)),
      ("directory", try directoryStore(settings)),
      ("compare-and-swap", casStore(settings)),
    ]
    for (name, store) in stores {
      do {
        try body(repository(store, settings), name)
      } catch {
        XCTFail("\(name): \(error)", file: file, line: line)
      }
    }
  }

  func repository(_ store: any SessionStore, _ settings: StoreSettings) -> SessionRepository {
    SessionRepository(
      store, policy: settings.policy,
      accessResolution: .microseconds(settings.accessResolution))
  }

  func memoryStore(_ settings: StoreSettings = StoreSettings()) throws -> MemorySessionStore {
    try MemorySessionStore(maximumPayload: settings.maximumPayload, clock: settings.clock)
  }

  func directoryStore(
    _ settings: StoreSettings = StoreSettings()
  ) throws -> DirectorySessionStore {
    var options = DirectorySessionStore.Options()
    options.clock = settings.clock
    options.maximumPayload = settings.maximumPayload
    return try DirectorySessionStore.open(try temporaryDirectory(), options: options)
  }

  private func casStore(_ settings: StoreSettings) -> CASStore {
    CASStore(maximumPayload: settings.maximumPayload, clock: settings.clock)
  }
}

extension SessionRepository {
  /// A sweep by an age in microseconds.
  func sweep(olderThan age: Int64) throws(StoreError) -> SweepResult {
    try sweep(olderThan: .microseconds(age))
  }

  /// A sweep by an age in minutes, as Session3 has it.
  func deleteOldSessions(minutes: Double) throws(StoreError) -> SweepResult {
    try sweep(olderThan: Self.microseconds(minutes: minutes))
  }

  /// Creates a session.
  /// - Returns: its id.
  func make(_ attributes: [String: Value] = [:], user: Value? = nil) throws -> SessionID {
    let session = Session()
    try session.setUser(user)
    for (key, value) in attributes { try session.set(key, to: value) }
    try create(session)
    return try XCTUnwrap(session.id)
  }

  /// Loads a session that is there.
  func loaded(
    _ id: SessionID, file: StaticString = #filePath, line: UInt = #line
  ) throws -> Session {
    try XCTUnwrap(try load(id), "no session", file: file, line: line)
  }

  /// The value that is stored of an attribute.
  func stored(_ key: String, of id: SessionID) throws -> Value? {
    try loaded(id).value(key)
  }

  /// The ids of all sessions.
  func allIDs() throws -> [SessionID] {
    let iterator = try sessions()
    var ids: [SessionID] = []
    while let id = try iterator.nextID() { ids.append(id) }
    return ids
  }
}

extension SessionStore {
  /// A sweep by an age in microseconds.
  func sweep(olderThan age: Int64) throws(StoreError) -> SweepResult {
    var result = SweepResult()
    try sweep(olderThan: age, into: &result)
    return result
  }
}
