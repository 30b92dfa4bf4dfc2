// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class StoreFlagsTests: XCTestCase {
  func testADirectoryIsSafeBetweenProcessesAndThreads() throws {
    let store = try directoryStore()
    XCTAssertTrue(store.isMultiprocessSafe)
    XCTAssertTrue(store.isThreadSafe)
  }

  func testMemoryIsSafeBetweenThreadsAlone() throws {
    let store = try memoryStore()
    XCTAssertFalse(store.isMultiprocessSafe)
    XCTAssertTrue(store.isThreadSafe)
    XCTAssertEqual(store.sync, .off)
  }

  func testSetupMayBeCalledAtAnyTime() throws {
    try onEachStore { sessions, store in
      try sessions.setup()
      let id = try sessions.make()
      try sessions.setup()
      XCTAssertTrue(try sessions.has(id), store)
    }
  }
}
