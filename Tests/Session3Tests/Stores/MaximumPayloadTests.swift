// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class MaximumPayloadTests: XCTestCase {
  /// The payload of one attribute `a` of so much text is 18 bytes more.
  private func session(of size: Int, id: SessionID? = nil) throws -> Session {
    let session = Session(id: id)
    try session.set("a", to: .text(String(repeating: "x", count: size - 18)))
    XCTAssertEqual(session.payload.count, size)
    return session
  }

  private let settings = StoreSettings(maximumPayload: 1_000)

  func testAPayloadMayBeAsLargeAsTheMaximum() throws {
    try onEachStore(settings) { sessions, store in
      let session = try session(of: 1_000)
      try sessions.create(session)
      XCTAssertNotNil(try sessions.load(XCTUnwrap(session.id)), store)
    }
  }

  func testAMaximumThatIsNoneIsRefused() throws {
    for maximum in [Int.min, -1, 0, 1 << 30 + 1, Int.max] {
      assertError(.invalid, try MemorySessionStore(maximumPayload: maximum))
      var options = DirectorySessionStore.Options()
      options.maximumPayload = maximum
      assertError(.invalid, try DirectorySessionStore.open("/tmp/never-made", options: options))
    }
    for maximum in [1, 1 << 30] {
      XCTAssertEqual(try MemorySessionStore(maximumPayload: maximum).maximumPayload, maximum)
    }
  }

  func testOneByteMoreIsTooLargeToCreate() throws {
    try onEachStore(settings) { sessions, store in
      assertError(.tooLarge, try sessions.create(session(of: 1_001)), store)
      assertError(.tooLarge, try sessions.save(session(of: 1_001, id: SessionID("a"))), store)
      XCTAssertEqual(try sessions.allIDs(), [], store)
    }
  }

  func testASessionThatIsTooLargeMayBeMadeSmaller() throws {
    try onEachStore(settings) { sessions, store in
      let id = try sessions.make(["a": 1])
      let session = try sessions.loaded(id)
      try session.set("b", to: .binary([UInt8](repeating: 1, count: 1_000)))
      assertError(.tooLarge, try sessions.save(session), store)
      XCTAssertEqual(try sessions.loaded(id).attributes, [.init("a", 1)], store)
      XCTAssertTrue(session.isChanged, store)
      try session.set("b", to: 2)
      try sessions.save(session)
      XCTAssertEqual(try sessions.stored("b", of: id), 2, store)
    }
  }

  func testAMergeThatIsTooLargeLeavesBoth() throws {
    try onEachStore(settings) { sessions, store in
      let id = try sessions.make()
      let (one, other) = (try sessions.loaded(id), try sessions.loaded(id))
      try one.set("a", to: .binary([UInt8](repeating: 1, count: 600)))
      try other.set("b", to: .binary([UInt8](repeating: 2, count: 600)))
      try sessions.save(one)
      assertError(.tooLarge, try sessions.save(other), store)
      XCTAssertEqual(try sessions.loaded(id).payloadBytes, one.payloadBytes, store)
      XCTAssertNotNil(try other.value("b"), store)
    }
  }

  func testASessionOfAHostWithALargerMaximumIsDeletedAndGetsOld() throws {
    let clock = ManualClock()
    let large = try directoryStore(StoreSettings(clock: clock.clock, maximumPayload: 1 << 20))
    var options = DirectorySessionStore.Options()
    options.maximumPayload = 1_000
    options.clock = clock.clock
    let small = SessionRepository(try DirectorySessionStore.open(large.path, options: options))
    func make() throws -> SessionID {
      try SessionRepository(large).make(["a": .binary([UInt8](repeating: 0, count: 100_000))])
    }
    let (deleted, old) = (try make(), try make())
    assertError(.tooLarge, try small.load(deleted))
    assertError(.tooLarge, try small.increment(deleted, "n"))
    XCTAssertTrue(try small.delete(deleted))
    clock.now += ManualClock.hour
    XCTAssertEqual(try small.sweep(olderThan: ManualClock.minute).deleted, 1)
    XCTAssertFalse(try small.has(old))
  }

  func testAnIncrementThatIsTooLargeIsNone() throws {
    try onEachStore(settings) { sessions, store in
      let session = try session(of: 1_000)
      try sessions.create(session)
      let id = try XCTUnwrap(session.id)
      assertError(.tooLarge, try sessions.increment(id, "n"), store)
      XCTAssertNil(try sessions.stored("n", of: id), store)
    }
  }
}
