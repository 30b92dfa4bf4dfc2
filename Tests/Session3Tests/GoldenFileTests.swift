// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// Swift reads and writes the golden files of Tests/Fixtures.
final class GoldenFileTests: XCTestCase {
  private var directory = FileManager.default.temporaryDirectory

  override func setUpWithError() throws {
    directory.appendPathComponent("session3-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
  }

  override func tearDownWithError() throws {
    try FileManager.default.removeItem(at: directory)
  }

  func testGoodFilesAreLoadedAsDescribed() throws {
    let sessions = SessionRepository(try DirectorySessionStore.open(directory.path))
    for entry in try GoodEntry.all() {
      let path = try place(entry.file, of: "good", as: entry.id)
      let before = try state(of: path)
      let id = try XCTUnwrap(SessionID(entry.id))
      let session = try XCTUnwrap(sessions.load(id), entry.file)
      let version = try XCTUnwrap(sessions.store.read(id)).version
      XCTAssertEqual(String(version.revision), entry.revision, entry.file)
      XCTAssertEqual(version.incarnation, UInt64(entry.incarnation, radix: 16), entry.file)
      XCTAssertEqual(session.created, entry.created_us, entry.file)
      for field in Self.fields {
        let expected = try entry.payload[field].map { try bytes($0.sorted(in: field)) }
        let found = try session.field(field).map { Array($0) }
        XCTAssertEqual(found, expected, "\(field) of \(entry.file)")
      }
      let attributes = entry.payload[Payload.attributes]?.sorted(in: Payload.attributes)
      XCTAssertEqual(
        try session.attributes.map { Array($0.key.utf8) },
        attributes?.members.map { Array($0.key.utf8) } ?? [], entry.file)
      XCTAssertEqual(try state(of: path), before, entry.file)
    }
  }

  func testBadFilesAreRefusedAsDescribed() throws {
    let sessions = SessionRepository(try DirectorySessionStore.open(directory.path))
    for entry in try BadEntry.all() {
      let path = try place(entry.file, of: "bad", as: entry.id)
      let before = try state(of: path)
      let id = try XCTUnwrap(SessionID(entry.id))
      var answer = "not found"
      do throws(StoreError) {
        if try sessions.load(id) != nil { answer = "loaded" }
      } catch {
        answer = error.code.map { "\($0)" } ?? "\(error.status)"
      }
      XCTAssertEqual(answer, entry.answer, entry.file)
      XCTAssertEqual(try state(of: path), before, entry.file)
    }
  }

  func testDescribedSessionsAreWrittenByteForByte() throws {
    let sessions = SessionRepository(try DirectorySessionStore.open(directory.path))
    for entry in try GoodEntry.all() where !entry.history.isEmpty {
      let path = directory.appendingPathComponent(entry.id)
      try? FileManager.default.removeItem(at: path)
      let session = Session(id: SessionID(entry.id), created: entry.created_us)
      for payload in entry.history {
        try fill(session, with: payload)
        try session.isNew ? sessions.create(session) : sessions.save(session)
      }
      let written = Array(try Data(contentsOf: path))
      let golden = Array(try Data(contentsOf: fixture(entry.file, of: "good")))
      XCTAssertTrue(masked(written) == masked(golden), entry.file)
      XCTAssertNotNil(try sessions.load(XCTUnwrap(SessionID(entry.id))), entry.file)
    }
  }

  // MARK: Values

  private static let fields = [
    Payload.attributes, Payload.csrfToken, Payload.formTokens, Payload.remoteAddress, Payload.user,
  ]

  /// Makes a session hold a payload and nothing else.
  private func fill(_ session: Session, with payload: Notation) throws {
    let known = Set(Self.fields.map { "\($0)" })
    guard payload.members.allSatisfy({ known.contains($0.key) }) else {
      return try bytes(payload).withUnsafeBytes { try session.setPayload($0) }
    }
    for name in try session.attributes.map(\.key) { try session.remove(name) }
    try session.setUser(payload[Payload.user]?.value)
    for field in [Payload.csrfToken, Payload.formTokens, Payload.remoteAddress] {
      try session.setField(field, to: payload[field]?.value.encoded())
    }
    for (name, notation) in payload[Payload.attributes]?.members ?? [] {
      try session.set(name, to: notation.value)
    }
  }

  /// The canonical bytes of a value.
  private func bytes(_ notation: Notation) throws -> [UInt8] {
    guard case .map(let members) = notation else { return try copy(of: notation.value.encoded()) }
    // Member by member: the map of attributes is one level more than a value may have.
    let head = try ByteBuffer.make(capacity: 16)
    try MessagePackWriter(buffer: head).map(members.count)
    return try members.reduce(into: copy(of: head)) { bytes, member in
      bytes += try copy(of: Value.text(member.key).encoded())
      bytes += try copy(of: member.value.value.encoded())
    }
  }

  private func copy(of buffer: ByteBuffer) -> [UInt8] {
    defer { keepAlive(buffer) }
    return Array(buffer.bytes)
  }

  // MARK: Files

  private func fixture(_ name: String, of folder: String) -> URL {
    Fixtures.folder(folder).appendingPathComponent(name)
  }

  private func place(_ name: String, of folder: String, as id: String) throws -> URL {
    let path = directory.appendingPathComponent(id)
    try? FileManager.default.removeItem(at: path)
    try Data(contentsOf: fixture(name, of: folder)).write(to: path)
    return path
  }

  private struct State: Equatable {
    let content: Data
    let modified: Date?
    let inode: Int?
  }

  private func state(of path: URL) throws -> State {
    let status = try FileManager.default.attributesOfItem(atPath: path.path)
    return State(
      content: try Data(contentsOf: path), modified: status[.modificationDate] as? Date,
      inode: status[.systemFileNumber] as? Int)
  }

  /// A session file without the random incarnations, and the checksums that cover them.
  private func masked(_ file: [UInt8]) -> [UInt8] {
    var file = file
    for slot in [512, 512 + (file.count - 512) / 2 / 512 * 512] {
      for offset in [16..<24, 28..<32].joined() { file[slot + offset] = 0 }
    }
    return file
  }
}

// MARK: - golden.json

private enum Fixtures {
  static func folder(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/\(name)")
  }

  static func entries<Entry: Decodable>(of name: String) throws -> [Entry] {
    let index = folder(name).appendingPathComponent("golden.json")
    return try JSONDecoder().decode([Entry].self, from: Data(contentsOf: index))
  }
}

private struct GoodEntry: Decodable {
  let file: String
  let id: String
  let created_us: Int64
  let incarnation: String
  let revision: String
  let payload: Notation
  let history: [Notation]

  static func all() throws -> [GoodEntry] { try Fixtures.entries(of: "good") }
}

private struct BadEntry: Decodable {
  let file: String
  let id: String
  let answer: String

  static func all() throws -> [BadEntry] { try Fixtures.entries(of: "bad") }
}

/// A value as golden.json writes it down; Tests/Python/format1_golden.py tells how.
private enum Notation: Decodable {
  case scalar(Value)
  case array([Notation])
  case map([(key: String, value: Notation)])

  init(from decoder: any Decoder) throws {
    let body = try decoder.singleValueContainer()
    if body.decodeNil() {
      self = .scalar(.null)
    } else if let bool = try? body.decode(Bool.self) {
      self = .scalar(.bool(bool))
    } else if let int = try? body.decode(Int64.self) {
      self = .scalar(.int(int))
    } else if let text = try? body.decode(String.self) {
      self = .scalar(.text(text))
    } else if let elements = try? body.decode([Notation].self) {
      self = .array(elements)
    } else {
      let tagged = try body.decode([String: Notation].self)
      self = try XCTUnwrap(tagged.first.flatMap { Notation(tag: $0.key, $0.value) })
    }
  }

  private init?(tag: String, _ body: Notation) {
    switch (tag, body) {
    case ("$int", .scalar(.text(let digits))):
      self = .scalar(Int64(digits).map { .int($0) } ?? .uint(UInt64(digits) ?? 0))
    case ("$double", .scalar(.text(let digits))):
      self = .scalar(.double(Double(digits) ?? 0))
    case ("$bytes", .scalar(.text(let digits))):
      let offsets = stride(from: 0, to: digits.utf8.count, by: 2)
      self = .scalar(
        .binary(offsets.compactMap { UInt8(digits.dropFirst($0).prefix(2), radix: 16) }))
    case ("$time", .array(let parts)):
      guard case .int(let seconds) = parts[0].value, case .int(let rest) = parts[1].value,
        let time = Timestamp(seconds: seconds, nanoseconds: UInt32(rest))
      else { return nil }
      self = .scalar(.timestamp(time))
    case ("$map", .array(let pairs)):
      self = .map(pairs.compactMap { pair in pair[0].text.map { ($0, pair[1]) } })
    case ("$repeat", .array(let parts)):
      guard case .int(let count) = parts[1].value else { return nil }
      self = parts[0].repeated(Int(count))
    default: return nil
    }
  }

  private func repeated(_ count: Int) -> Notation {
    switch self {
    case .scalar(.text(let text)): .scalar(.text(String(repeating: text, count: count)))
    case .scalar(.binary(let unit)): .scalar(.binary((0..<count).flatMap { _ in unit }))
    case .array(let unit): .array((0..<count).flatMap { _ in unit })
    default: self
    }
  }

  private subscript(index: Int) -> Notation {
    if case .array(let elements) = self { elements[index] } else { self }
  }

  private var text: String? {
    if case .scalar(.text(let text)) = self { text } else { nil }
  }

  var members: [(key: String, value: Notation)] {
    if case .map(let members) = self { members } else { [] }
  }

  subscript(field: StaticString) -> Notation? {
    members.first { $0.key == "\(field)" }?.value
  }

  /// Attributes in the order of their keys' bytes; any other field as it is.
  func sorted(in field: StaticString) -> Notation {
    guard "\(field)" == "\(Payload.attributes)", case .map(let members) = self else { return self }
    return .map(members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
  }

  var value: Value {
    switch self {
    case .scalar(let value): value
    case .array(let elements): .array(elements.map(\.value))
    case .map(let members): .map(members.map { Value.Member($0.key, $0.value.value) })
    }
  }
}
