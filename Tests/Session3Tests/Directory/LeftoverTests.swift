// SPDX-License-Identifier: MIT
import CSession3System
import Foundation
import XCTest

@testable import Session3

/// What crashed processes leave behind, and what a sweep makes of it.
final class LeftoverTests: XCTestCase {
  private var store: DirectorySessionStore!
  // Files are stamped by the kernel, so the clock begins at its time.
  private let clock = ManualClock(StoreClock.system.now())

  override func setUpWithError() throws {
    store = try directoryStore(StoreSettings(clock: clock.clock))
  }

  private func put(_ name: String, _ bytes: [UInt8] = []) throws {
    try Session3Tests.put(bytes, into: store.path + "/" + name)
  }

  /// Makes all files so old; leftovers go by the kernel's clock, which stamps them.
  private func stamp(minutesAgo minutes: Int64) throws {
    let time = StoreClock.system.now() - minutes * ManualClock.minute
    for name in try others() { XCTAssertEqual(system_touch_at(store.directory, name, time), 0) }
  }

  private func others() throws -> Set<String> {
    try names(in: store.path).subtracting([".session3"])
  }

  func testLeftoversOfAnHourAreClearedAway() throws {
    try put("empty")
    try put(".grow-abcdefghij", [1, 2, 3])
    try put(".grow-empty")
    try stamp(minutesAgo: 59)
    let early = try store.sweep(olderThan: 0)
    XCTAssertEqual(try others(), ["empty", ".grow-abcdefghij", ".grow-empty"])
    try stamp(minutesAgo: 61)
    let late = try store.sweep(olderThan: Int64.max)
    XCTAssertEqual(try others(), [])
    for result in [early, late] {
      XCTAssertEqual(result.deleted, 0, "they are no sessions")
      XCTAssertEqual(result.remaining, 0)
    }
  }

  func testALeftoverThatIsLockedIsInUse() throws {
    try put("empty")
    try stamp(minutesAgo: 120)
    let id = try XCTUnwrap(SessionID("empty"))
    let opened = try store.openLocked(id, allowsEmpty: true)
    _ = try store.sweep(olderThan: 0)
    XCTAssertEqual(try others(), ["empty"])
    XCTAssertTrue(opened != nil)
    _ = consume opened
    _ = try store.sweep(olderThan: 0)
    XCTAssertEqual(try others(), [])
  }

  func testOtherFilesAreNobodysLeftovers() throws {
    let names: Set<String> = [".hidden", ".growth", "notes.txt", ".session3.bak", "x y", ".grow-"]
    for name in names { try put(name) }
    try stamp(minutesAgo: 600)
    _ = try store.sweep(olderThan: 0)
    XCTAssertEqual(try others(), names)
  }

  func testForeignFilesUnderAnIDsNameAreLeft() throws {
    try put("log", Array("some text".utf8))
    try put("almost-zeros", [UInt8](repeating: 0, count: 4_096) + [1])
    clock.now += 10 * ManualClock.hour
    XCTAssertEqual(try store.sweep(olderThan: 0).deleted, 0)
    XCTAssertEqual(try others(), ["log", "almost-zeros"])
  }

  func testAHugeForeignFileIsLeftWithoutAnError() throws {
    try put("huge")
    XCTAssertEqual(truncate(store.path + "/huge", 1 << 33), 0)
    clock.now += 10 * ManualClock.hour
    XCTAssertEqual(try store.sweep(olderThan: 0), SweepResult(deleted: 0, remaining: 1))
  }

  /// What a power cut leaves of a creation that was not synced.
  func testAFileOfZerosGetsOldLikeASession() throws {
    try put("zeros", [UInt8](repeating: 0, count: 4_096))
    XCTAssertEqual(try store.sweep(olderThan: ManualClock.minute).deleted, 0)
    clock.now += ManualClock.hour
    XCTAssertEqual(try store.sweep(olderThan: ManualClock.minute).deleted, 1)
    XCTAssertEqual(try others(), [])
  }

  func testSessionsOfALaterVersionAreLeft() throws {
    let id = try SessionRepository(store).make()
    var bytes = try contents(of: store.path + "/" + id.text)
    bytes[8] = 2
    sealHead(&bytes)
    try put(id.text, bytes)
    clock.now += 10 * ManualClock.hour
    XCTAssertEqual(try store.sweep(olderThan: 0).deleted, 0)
    XCTAssertEqual(try contents(of: store.path + "/" + id.text), bytes)
  }

  func testDamagedSessionsGetOldLikeTheRest() throws {
    let sessions = SessionRepository(store)
    let (head, slots, live) = (try sessions.make(), try sessions.make(), try sessions.make())
    for (id, offset) in [(head, 12), (slots, 512)] {
      var bytes = try contents(of: store.path + "/" + id.text)
      bytes[offset] ^= 1
      try put(id.text, bytes)
    }
    XCTAssertEqual(try store.sweep(olderThan: ManualClock.minute).deleted, 0)
    clock.now += ManualClock.hour
    try sessions.touch(live)
    XCTAssertEqual(try store.sweep(olderThan: ManualClock.minute).deleted, 2)
    XCTAssertEqual(try others(), [live.text])
  }

  func testACreationFillsTheEmptyFileOfAnother() throws {
    try put("empty")
    let session = Session(id: SessionID("empty"))
    try SessionRepository(store).create(session)
    let path = store.path + "/empty"
    XCTAssertEqual(try contents(of: path).count, 4_096)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    XCTAssertEqual(mode, 0o600)
  }
}
