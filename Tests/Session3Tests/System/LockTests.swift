// SPDX-License-Identifier: MIT
import CSession3System
import Foundation
import XCTest

@testable import Session3

/// Locks on whole files, between descriptions of one process as between processes.
final class LockTests: XCTestCase {
  private var path = ""

  override func setUpWithError() throws {
    path = try temporaryDirectory() + "/file"
    try put([1], into: path)
  }

  private func open() throws -> FileDescriptor {
    let raw = system_openat(AT_FDCWD, path, CInt(SYSTEM_OPEN_WRITE), 0)
    XCTAssertGreaterThanOrEqual(raw, 0)
    return FileDescriptor(adopting: raw)
  }

  /// Whether a lock is to be had at once.
  private func isFree(exclusive: Bool = true) throws -> Bool {
    try LockedFile.lockIfFree(open(), exclusive: exclusive) != nil
  }

  func testALockExcludesOthersUntilItsValueEnds() throws {
    do {
      let locked = try LockedFile.lockIfFree(open())
      XCTAssertFalse(try isFree())
      XCTAssertFalse(try isFree(exclusive: false))
      _ = consume locked
    }
    XCTAssertTrue(try isFree())
  }

  func testReadersShareALock() throws {
    let reader = try LockedFile.lockIfFree(open(), exclusive: false)
    XCTAssertTrue(try isFree(exclusive: false))
    XCTAssertFalse(try isFree())
    _ = consume reader
  }

  func testAClosedDescriptorOfAnotherDropsNoLock() throws {
    let locked = try LockedFile.lockIfFree(open())
    _ = consume locked
    let again = try LockedFile.lockIfFree(open())
    do { _ = try open() }
    XCTAssertFalse(try isFree())
    _ = consume again
  }

  func testALockIsUndoneThoughAnotherSharesTheDescription() throws {
    var shared: CInt = -1
    do {
      let file = try open()
      shared = dup(file.raw)
      let locked = try LockedFile.lockIfFree(file)
      XCTAssertFalse(try isFree())
      _ = consume locked
    }
    XCTAssertTrue(try isFree(), "as a child of fork would keep it")
    close(shared)
  }

  func testAWaiterGetsTheLockWhenItIsFree() throws {
    let path = path
    let order = ThreadSafe<[String]>([])
    let isHeld = ThreadSafe(false)
    try onThreads(2) { number in
      let raw = system_openat(AT_FDCWD, path, CInt(SYSTEM_OPEN_WRITE), 0)
      if number == 0 {
        let locked = try LockedFile.lockIfFree(FileDescriptor(adopting: raw))
        isHeld.change { $0 = true }
        usleep(20_000)
        order.change { $0.append("released") }
        _ = consume locked
      } else {
        while !isHeld.value { sched_yield() }
        var wait = LockWait(upTo: 60_000_000)
        let isLocked = try LockedFile.lock(FileDescriptor(adopting: raw), wait: &wait) != nil
        order.change { $0.append(isLocked ? "locked" : "timed out") }
      }
    }
    XCTAssertEqual(order.value, ["released", "locked"])
  }

  func testAWaiterGivesUpAtItsDeadline() throws {
    let locked = try LockedFile.lockIfFree(open())
    let timeout: Int64 = 5_000
    let start = system_monotonic_us()
    var wait = LockWait(upTo: timeout)
    let second = try LockedFile.lock(open(), wait: &wait)
    XCTAssertTrue(second == nil)
    XCTAssertGreaterThanOrEqual(system_monotonic_us() - start, timeout)
    _ = consume locked
  }
}
