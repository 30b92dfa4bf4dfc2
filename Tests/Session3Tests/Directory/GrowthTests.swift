// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// A session that outgrows its file moves to a larger one.
final class GrowthTests: XCTestCase {
  private var store: DirectorySessionStore!
  private var sessions: SessionRepository!
  private var id: SessionID!
  private var path: String { store.path + "/" + id.text }

  override func setUpWithError() throws {
    store = try directoryStore()
    sessions = SessionRepository(store)
    id = try sessions.make(["n": 1])
  }

  private func grow(to size: Int) throws {
    let session = try sessions.loaded(id)
    try session.set("filling", to: .binary([UInt8](repeating: 1, count: size)))
    try sessions.save(session)
  }

  private func attribute(_ key: FileAttributeKey) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[key] as? Int
  }

  func testTheFileAtLeastDoubles() throws {
    XCTAssertEqual(try attribute(.size), 4_096)
    try grow(to: 1_600)
    XCTAssertEqual(try attribute(.size), 8_192)
    try grow(to: 3_600)
    XCTAssertEqual(try attribute(.size), 16_384)
    try grow(to: 100_000)
    XCTAssertEqual(try attribute(.size), SessionFile.size(forRecord: 100_000 + 76))
    XCTAssertEqual(try sessions.increment(id, "n"), 2)
  }

  func testTheFileNeverShrinks() throws {
    try grow(to: 100_000)
    let size = try attribute(.size)
    try grow(to: 0)
    XCTAssertEqual(try attribute(.size), size)
  }

  func testTheRevisionGoesOnInSlotA() throws {
    try grow(to: 10_000)
    let version = try XCTUnwrap(store.read(id)).version
    XCTAssertEqual(version.revision, 2)
    let image = try contents(of: path)
    XCTAssertEqual(image[512], 2)
    let slotB = 512 + SessionFile.slotSize(ofFile: image.count)
    XCTAssertTrue(image[slotB...].allSatisfy { $0 == 0 })
  }

  func testFlagsAndReservedBytesAreKept() throws {
    var bytes = try contents(of: path)
    bytes[10] = 0x5a
    for offset in 16..<28 { bytes[offset] = 0xee }
    for offset in 32..<512 { bytes[offset] = 0xdd }
    sealHead(&bytes)
    try put(bytes, into: path)
    try grow(to: 10_000)
    let grown = try contents(of: path)
    XCTAssertEqual(Array(grown[8..<12]), Array(bytes[8..<12]))
    XCTAssertEqual(Array(grown[16..<28]), Array(bytes[16..<28]))
    XCTAssertEqual(Array(grown[32..<512]), Array(bytes[32..<512]))
    XCTAssertEqual(try sessions.stored("n", of: id), 1)
  }

  func testASaveInPlaceKeepsTheHeaderToo() throws {
    var bytes = try contents(of: path)
    bytes[10] = 0x5a
    for offset in 32..<512 { bytes[offset] = 0xdd }
    sealHead(&bytes)
    try put(bytes, into: path)
    _ = try sessions.increment(id, "n")
    XCTAssertEqual(Array(try contents(of: path)[0..<512]), Array(bytes[0..<512]))
  }

  func testTheModeIsKept() throws {
    XCTAssertEqual(chmod(path, 0o640), 0)
    try grow(to: 10_000)
    XCTAssertEqual(try attribute(.posixPermissions), 0o640)
  }

  func testNothingElseIsLeftInTheDirectory() throws {
    for size in [2_000, 10_000, 50_000, 200_000] { try grow(to: size) }
    XCTAssertEqual(try names(in: store.path), [id.text, ".session3"])
  }

  func testASaveInPlaceNeitherMovesNorResizesTheFile() throws {
    let (inode, size) = (try attribute(.systemFileNumber), try attribute(.size))
    for _ in 0..<10 { _ = try sessions.increment(id, "n") }
    XCTAssertEqual(try attribute(.systemFileNumber), inode)
    XCTAssertEqual(try attribute(.size), size)
  }
}
