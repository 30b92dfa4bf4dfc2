// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// What a store tells its log.
final class LogTests: XCTestCase {
  private struct Line: Equatable {
    var level: StoreLog.Level
    var text: String
  }

  private let lines = ThreadSafe<[Line]>([])

  private func log(_ level: StoreLog.Level) -> StoreLog {
    let lines = lines
    return StoreLog(level: level) { level, text in
      lines.change { $0.append(Line(level: level, text: text)) }
    }
  }

  private func open(
    _ level: StoreLog.Level = .debug, _ path: String? = nil
  ) throws -> SessionRepository {
    var options = DirectorySessionStore.Options()
    options.log = log(level)
    options.lockTimeout = .microseconds(-1)
    return SessionRepository(
      try DirectorySessionStore.open(try path ?? temporaryDirectory(), options: options))
  }

  private func place(_ repository: SessionRepository, _ id: SessionID?) -> String {
    repository.store.place(of: id)
  }

  func testWhatGoesWellIsNotTold() throws {
    let repository = try open()
    let id = try repository.make(["a": 1])
    let session = try repository.loaded(id)
    try session.set("a", to: 2)
    try repository.save(session)
    _ = try repository.delete(id)
    XCTAssertNil(try repository.load(id))
    XCTAssertEqual(lines.value, [])
  }

  func testADamagedFileIsAnErrorOfItsPlace() throws {
    let repository = try open()
    let id = try XCTUnwrap(SessionID("foreign"))
    let store = try XCTUnwrap(repository.store as? DirectorySessionStore)
    try put([1, 2, 3], into: store.path + "/foreign")
    XCTAssertThrowsError(try repository.load(id))
    let line = try XCTUnwrap(lines.value.first)
    XCTAssertEqual(line.level, .error)
    XCTAssertTrue(line.text.hasPrefix("load: "), line.text)
    let end = place(repository, id).suffix(60) + ": the file is not a session"
    XCTAssertTrue(line.text.hasSuffix(end), line.text)
    XCTAssertFalse(line.text.contains("foreign"), line.text)
  }

  func testAFailedSystemCallIsAnErrorWithItsName() throws {
    let path = try temporaryDirectory()
    let repository = try open(.debug, path)
    try FileManager.default.removeItem(atPath: path)
    XCTAssertThrowsError(try repository.make())
    XCTAssertEqual(lines.value.map(\.level), [.error])
    XCTAssertTrue(lines.value.allSatisfy { $0.text.contains("(ENOENT)") }, "\(lines.value)")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  func testABusySessionIsAWarning() throws {
    let repository = try open()
    let id = try repository.make()
    let store = try XCTUnwrap(repository.store as? DirectorySessionStore)
    let held = try store.openLocked(id)
    XCTAssertThrowsError(try repository.increment(id, "n"))
    XCTAssertTrue(held != nil)
    _ = consume held
    XCTAssertEqual(lines.value.map(\.level), [.warning])
  }

  func testASweepAndALogOutEverywhereSayWhatTheyDid() throws {
    let repository = try open(.info)
    _ = try repository.make(user: "ada")
    _ = try repository.sweep(olderThan: 3_600_000_000)
    try repository.deleteSessions(ofUser: "ada")
    let place = place(repository, nil)
    XCTAssertEqual(
      lines.value,
      [
        Line(level: .info, text: "sweep: \(place): 0 deleted, 1 remain"),
        Line(level: .info, text: "delete sessions of a user: \(place): 1 deleted"),
      ])
  }

  func testWhatMattersLessThanTheLevelIsNotTold() throws {
    let repository = try open(.warning)
    let id = try repository.make()
    let session = try repository.loaded(id)
    _ = try repository.delete(id)
    try session.set("a", to: 1)
    XCTAssertThrowsError(try repository.save(session))
    _ = try repository.sweep(olderThan: 0)
    XCTAssertEqual(lines.value, [])
    XCTAssertEqual(repository.store.monitor.statistics.messagesLeftOut, 0)
  }

  func testAFloodIsCutToTheRateAndCounted() throws {
    let repository = try open(.error)
    let store = try XCTUnwrap(repository.store as? DirectorySessionStore)
    try put([1, 2, 3], into: store.path + "/foreign")
    let id = try XCTUnwrap(SessionID("foreign"))
    let start = StoreClock.system.now()
    for _ in 0..<500 { XCTAssertThrowsError(try repository.load(id)) }
    let seconds = Int(age(from: start, to: StoreClock.system.now()) / 1_000_000)
    let told = lines.value.count
    let leftOut = Int(repository.store.monitor.statistics.messagesLeftOut)
    XCTAssertEqual(told + leftOut, 500)
    XCTAssertLessThanOrEqual(told, (seconds + 2) * Int(StoreLog.rate))
    XCTAssertGreaterThanOrEqual(told, Int(StoreLog.rate))
  }

  func testTheFirstMessageAfterAFloodSaysHowManyWereLeftOut() throws {
    let log = log(.error)
    for _ in 0..<50 { log.tell(.error, StoreError(.corrupt, "damaged")) }
    let leftOut = log.leftOut
    XCTAssertGreaterThan(leftOut, 0)
    // No longer than it takes for a second to end.
    let deadline = StoreClock.system.now() + 5_000_000
    while lines.value.last?.text == "damaged", lines.value.count < 100 {
      XCTAssertLessThan(StoreClock.system.now(), deadline)
      usleep(50_000)
      log.tell(.error, StoreError(.corrupt, "again"))
    }
    let said = lines.value.compactMap { line -> UInt64? in
      guard line.text.hasSuffix(" messages before it were left out)") else { return nil }
      return UInt64(line.text.drop { $0 != "(" }.dropFirst().prefix { $0 != " " })
    }
    XCTAssertEqual(said.count, 1)
    XCTAssertGreaterThanOrEqual(try XCTUnwrap(said.first), leftOut)
  }

  func testAnErrorIsToldWhileDebugIsFlooded() throws {
    let log = log(.debug)
    for _ in 0..<100 { log.tell(.debug, StoreError(.gone, "gone")) }
    log.tell(.error, StoreError(.corrupt, "damaged"))
    XCTAssertEqual(lines.value.filter { $0.level == .error }.map(\.text), ["damaged"])
  }

  func testADirectoryThatAnybodyMayWriteToIsRefusedAndTold() throws {
    let path = try temporaryDirectory()
    XCTAssertEqual(chmod(path, 0o1777), 0)
    XCTAssertThrowsError(try open(.warning, path)) {
      XCTAssertEqual(($0 as? StoreError)?.code, .insecure)
    }
    XCTAssertEqual(lines.value.map(\.level), [.error])
    var options = DirectorySessionStore.Options()
    options.allowWorldWritable = true
    XCTAssertNoThrow(try DirectorySessionStore.open(path, options: options))
  }
}
