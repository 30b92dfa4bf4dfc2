// SPDX-License-Identifier: MIT
import CSession3System
import Foundation
import XCTest

@testable import Session3

/// The store's own file `.session3`.
final class StoreFileTests: XCTestCase {
  private var path = ""
  private var file: String { path + "/.session3" }

  override func setUpWithError() throws {
    path = try temporaryDirectory()
  }

  private func open(sync: SyncMode? = nil) throws -> DirectorySessionStore {
    var options = DirectorySessionStore.Options()
    options.sync = sync
    return try DirectorySessionStore.open(path, options: options)
  }

  private func change(resealed: Bool = true, _ change: (inout [UInt8]) -> Void) throws {
    var bytes = try contents(of: file)
    change(&bytes)
    if resealed {
      let checksum = bytes.withUnsafeBytes { system_crc32c(0, $0.baseAddress, 60) }
      withUnsafeBytes(of: checksum.littleEndian) { bytes.replaceSubrange(60..<64, with: $0) }
    }
    try put(bytes, into: file)
  }

  func testTheFirstHostPutsItThere() throws {
    let store = try open()
    XCTAssertEqual(store.sync, .off)
    XCTAssertEqual(try names(in: path), [".session3"])
    let bytes = try contents(of: file)
    XCTAssertEqual(bytes.count, 64)
    XCTAssertEqual(Array(bytes[0..<16]), hex("53455353494f4e33 0100 0000 01000000"))
    XCTAssertTrue(bytes[32..<60].allSatisfy { $0 == 0 })
    let checksum = bytes.withUnsafeBytes { system_crc32c(0, $0.baseAddress, 60) }
    XCTAssertEqual(Array(bytes[60..<64]), withUnsafeBytes(of: checksum.littleEndian) { Array($0) })
  }

  func testLaterHostsLeaveItAlone() throws {
    _ = try open(sync: .data)
    let bytes = try contents(of: file)
    XCTAssertEqual(try open().sync, .data)
    try open().setup()
    XCTAssertEqual(try contents(of: file), bytes)
  }

  func testEachStoreHasItsOwnSalt() throws {
    _ = try open()
    let other = try directoryStore()
    let salts = try [file, other.path + "/.session3"].map { try contents(of: $0)[16..<32] }
    XCTAssertNotEqual(salts[0], salts[1])
  }

  func testAnotherSyncModeIsRefused() throws {
    _ = try open(sync: .data)
    assertError(.invalid, try open(sync: SyncMode.off))
    XCTAssertEqual(try open(sync: .data).sync, .data)
  }

  func testTheFileHasTheModeOfSessions() throws {
    var options = DirectorySessionStore.Options()
    options.fileMode = 0o660
    let mask = umask(0o077)
    defer { umask(mask) }
    _ = try DirectorySessionStore.open(path, options: options)
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    XCTAssertEqual(mode, 0o660)
  }

  func testEachBitFlippedIsDamage() throws {
    _ = try open()
    let good = try contents(of: file)
    for bit in 0..<(8 * good.count) {
      var bytes = good
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      try put(bytes, into: file)
      assertError(.corrupt, try open(), "bit \(bit)")
      XCTAssertEqual(try contents(of: file), bytes)
    }
  }

  func testACutFileIsDamage() throws {
    _ = try open()
    let good = try contents(of: file)
    for count in [0, 1, 8, 32, 63] {
      try put(Array(good.prefix(count)), into: file)
      assertError(.corrupt, try open(), "\(count) bytes")
    }
    try put(good + [1, 2, 3], into: file)
    XCTAssertEqual(try open().sync, .off)
  }

  func testALaterVersionIsRefused() throws {
    let formats: [(Int, UInt8)] = [(8, 2), (8, 0), (9, 1)]
    let flags: [(Int, UInt8)] = [(11, 1), (11, 0x80)]
    let syncModes: [(Int, UInt8)] = [(12, 0), (12, 3), (15, 1)]
    for (offset, value) in formats + flags + syncModes {
      try removeIfThere(file)
      _ = try open()
      try change { $0[offset] = value }
      let bytes = try contents(of: file)
      assertError(.format, try open(), "\(value) at \(offset)")
      XCTAssertEqual(try contents(of: file), bytes)
    }
  }

  func testLowFlagsAndReservedBytesAreIgnored() throws {
    let id = try XCTUnwrap(SessionID("a"))
    let store = try open()
    try change { bytes in
      bytes[10] = 0xff
      for offset in 32..<60 { bytes[offset] = 7 }
    }
    let again = try open()
    XCTAssertEqual(id.withBytes { again.shortHash($0) }, id.withBytes { store.shortHash($0) })
  }

  func testTheSaltIsTheKeyOfShortHashes() throws {
    _ = try open()
    try change { $0.replaceSubrange(16..<32, with: 0...15) }
    let id = try XCTUnwrap(SessionID("session"))
    let store = try open()
    XCTAssertTrue(store.place(of: id).hasSuffix("session 76a3272351b3"))
  }

  func testSetupPutsAMissingFileBack() throws {
    let store = try open(sync: .data)
    let before = try contents(of: file)
    try FileManager.default.removeItem(atPath: file)
    try store.setup()
    XCTAssertEqual(try contents(of: file), before)
  }

  func testWhatIsNoFileInItsPlaceIsRefused() throws {
    try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
    assertError(.io, try open())
    try FileManager.default.removeItem(atPath: file)
    XCTAssertEqual(mkfifo(file, 0o600), 0)
    assertError(.io, try open())
  }

  func testOfManyHostsThatOpenAtOnceAllAgree() throws {
    let path = path
    let hashes = ThreadSafe<Set<UInt64>>([])
    try onThreads(8) { _ in
      let store = try DirectorySessionStore.open(path)
      let hash = SessionID("a")?.withBytes { store.shortHash($0) } ?? 0
      hashes.change { $0.insert(hash) }
    }
    XCTAssertEqual(hashes.value.count, 1)
    XCTAssertEqual(try names(in: path), [".session3"])
  }
}
