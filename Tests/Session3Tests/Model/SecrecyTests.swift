// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// An id is a secret: whoever holds it is logged in.
final class SecrecyTests: XCTestCase {
  private let id = "Zm9yYmlkZGVuLWZydWl0"

  private func assertSilent(
    _ text: String, file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertFalse(text.contains(id), text, file: file, line: line)
    // As a list of numbers it would be the same.
    let numbers = id.utf8.prefix(4).map { "\($0)" }.joined(separator: ", ")
    XCTAssertFalse(text.contains(numbers), text, file: file, line: line)
  }

  private func dumped(_ value: Any) -> String {
    var text = ""
    dump(value, to: &text)
    return text
  }

  func testAnIDSaysNothingOfItself() throws {
    let id = try XCTUnwrap(SessionID(id))
    assertSilent("\(id)")
    assertSilent(String(reflecting: id))
    assertSilent(dumped(id))
    XCTAssertEqual("\(id)", "SessionID")
    XCTAssertEqual(dumped(id), "- SessionID\n")
  }

  func testASessionDoesNotSayItsID() throws {
    let session = Session(id: SessionID(id))
    assertSilent("\(session)")
    assertSilent(String(reflecting: session))
    assertSilent(dumped(session))
  }

  func testNoErrorSaysTheID() throws {
    let id = try XCTUnwrap(SessionID(id))
    try onEachStore { sessions, store in
      let session = Session(id: id)
      try sessions.create(session)
      let again = Session(id: id)
      let exists = assertError(.exists, try sessions.create(again), store)
      assertSilent(String(reflecting: exists))
      assertSilent("\(exists as Any)")
      XCTAssertTrue(try sessions.delete(id))
      try session.set("a", to: 1)
      let gone = assertError(.gone, try sessions.save(session), store)
      assertSilent(String(reflecting: gone))
      assertSilent("\(gone as Any)")
      assertSilent(dumped(gone as Any))
    }
  }

  func testAPlaceNamesTheSessionByItsShortHash() throws {
    let id = try XCTUnwrap(SessionID(id))
    for store in [try memoryStore(), try directoryStore()] as [any SessionStore] {
      let hash = hexadecimal(id.withBytes { store.shortHash($0) }, digits: 12)
      XCTAssertTrue(store.place(of: id).hasSuffix("session " + hash))
      assertSilent(store.place(of: id))
    }
  }

  func testTheShortHashIsTheSameForAllHostsOfADirectory() throws {
    let id = try XCTUnwrap(SessionID(id))
    let store = try directoryStore()
    let another = try DirectorySessionStore.open(store.path)
    let elsewhere = try directoryStore()
    let hash = id.withBytes { store.shortHash($0) }
    XCTAssertEqual(id.withBytes { another.shortHash($0) }, hash)
    XCTAssertNotEqual(id.withBytes { elsewhere.shortHash($0) }, hash)
    XCTAssertEqual(hash >> 48, 0)
  }
}
