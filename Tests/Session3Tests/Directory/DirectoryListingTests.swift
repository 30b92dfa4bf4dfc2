// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

final class DirectoryListingTests: XCTestCase {
  private var store: DirectorySessionStore!

  override func setUpWithError() throws {
    store = try directoryStore()
  }

  private func listed() throws -> [SessionID] {
    let ids = try store.ids()
    var found: [SessionID] = []
    while let id = try ids.next() { found.append(id) }
    return found
  }

  func testOnlyNamesOfIDsAreListed() throws {
    let tooLong = String(repeating: "x", count: 129)
    for name in [".hidden", "a.txt", "b~", "ü", "with space", ".grow-abc", tooLong] {
      try put([1], into: store.path + "/" + name)
    }
    for name in ["a", "-b", "_", String(repeating: "x", count: 128)] {
      try put([1], into: store.path + "/" + name)
    }
    XCTAssertEqual(
      Set(try listed().map(\.text)), ["a", "-b", "_", String(repeating: "x", count: 128)])
  }

  func testDirectoriesAndLinksAreNotListed() throws {
    XCTAssertEqual(mkdir(store.path + "/directory", 0o700), 0)
    XCTAssertEqual(symlink("a", store.path + "/link"), 0)
    XCTAssertEqual(mkfifo(store.path + "/fifo", 0o600), 0)
    try put([1], into: store.path + "/a")
    XCTAssertEqual(try listed().map(\.text), ["a"])
  }

  func testMoreNamesThanOneReadTakesAreAllListed() throws {
    var expected: Set<String> = []
    for number in 0..<1_500 {
      let name = "name-of-a-session-that-is-rather-long-\(number)"
      try put([], into: store.path + "/" + name)
      expected.insert(name)
    }
    let found = try listed().map(\.text)
    XCTAssertEqual(found.count, expected.count)
    XCTAssertEqual(Set(found), expected)
  }

  func testTemporaryFilesAreToldApart() throws {
    try put([1], into: store.path + "/.grow-abc")
    try put([1], into: store.path + "/.grow-")
    try put([1], into: store.path + "/a")
    let listing = try DirectoryListing.make(of: store.directory, isInFlight: true)
    var (ids, temporary): ([String], [String]) = ([], [])
    while let entry = try listing.nextEntry() {
      switch entry {
      case .session(let id): ids.append(id.text)
      case .temporary(let name): temporary.append(String(cString: name))
      }
    }
    XCTAssertEqual(ids, ["a"])
    XCTAssertEqual(temporary, [".grow-abc"])
  }
}
