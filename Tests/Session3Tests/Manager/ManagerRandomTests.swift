// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Several browsers, with several tabs each, on two hosts of one directory: what is stored, what the
/// browsers are told and what each request has is what a model says.
final class ManagerRandomTests: XCTestCase {
  /// A request that did not end yet, and what the model thinks of it.
  private struct Open {
    let request: SessionRequest
    let browser: Browser
    var model: ManagerModel.Request
  }

  private static let users = ["ada", "bob", "eve"]
  private static let steps = 2_500
  /// No request is open for longer than a process remembers renewals.
  private static let maximumOpen = 8

  private var random = SeededGenerator(seed: 0)
  private var hosts: [SessionManager] = []
  private var browsers: [Browser] = []
  private var open: [Open] = []
  private var model = ManagerModel { nil }
  /// Of the request that ends now.
  private let ending = ThreadSafe<SessionID?>(nil)
  private var keys = 0
  private var log: [String] = []

  override func setUpWithError() throws {
    random = SeededGenerator.announced("ManagerRandomTests")
    let path = try temporaryDirectory()
    hosts = try (0..<2).map { _ in
      try SessionManager(SessionRepository(DirectorySessionStore.open(path)))
    }
    browsers = (0..<4).map { _ in Browser() }
    let ending = ending
    model = ManagerModel { ending.value }
  }

  func testWhatHappensIsWhatTheModelSays() throws {
    for step in 0..<Self.steps {
      let mayOpen = open.count < Self.maximumOpen
      if open.isEmpty || mayOpen && random.once(in: 2) {
        try begin()
      } else {
        // The oldest often, so that none is open for ever.
        try end(open.remove(at: random.once(in: 3) ? 0 : random.below(open.count)))
      }
      guard testRun?.totalFailureCount == 0 else {
        return XCTFail("at step \(step):\n" + log.suffix(30).joined(separator: "\n"))
      }
    }
    let alive = model.lives.filter(\.isAlive).count
    XCTAssertGreaterThan(model.lives.count, 100, "sessions were made")
    XCTAssertGreaterThan(model.lives.count - alive, 50, "sessions ended")
  }

  // MARK: Steps

  private func begin() throws {
    let number = random.below(browsers.count)
    let (browser, host) = (browsers[number], random.below(hosts.count))
    let planted = random.once(in: 12) ? SessionID("planted\(random.below(9))") : nil
    let before = browser.cookie
    if let planted { browser.cookie = planted.text }
    let request = try browser.start(hosts[host])
    var entry = Open(
      request: request, browser: browser, model: model.start(browser.id, at: host))
    browser.cookie = before
    check(try XCTUnwrap(request.session), try XCTUnwrap(entry.model.session), "begins")
    let page = try act(&entry)
    log.append("browser \(number) at \(host) life \(entry.model.base.life ?? -1): \(page)")
    open.append(entry)
  }

  private func check(_ session: Session, _ copy: ManagerModel.Copy, _ what: String) {
    do {
      XCTAssertEqual(session.id, copy.id, what)
      XCTAssertEqual(try session.user, copy.user.map { .text($0) }, what)
      XCTAssertEqual(Set(try session.attributes.map(\.key)), copy.keys, what)
    } catch { XCTFail("\(what): \(error)") }
  }

  private func end(_ entry: Open) throws {
    let (request, browser) = (entry.request, entry.browser)
    if random.once(in: 8) {
      log.append("life \(entry.model.base.life ?? -1) fails")
      try request.finishFailed()
      XCTAssertNil(request.setCookieHeader)
      XCTAssertEqual(request.outcome, .none)
    } else {
      try request.finishSuccessful()
      ending.change { $0 = request.session?.id }
      let expected = model.finish(entry.model)
      log.append("life \(entry.model.base.life ?? -1) ends: \(expected)")
      XCTAssertEqual(request.outcome, expected.outcome)
      checkCookie(of: request, expected.cookie)
      browser.receive(request)
    }
    try checkStore()
  }

  private func checkCookie(of request: SessionRequest, _ expected: ManagerModel.Cookie) {
    guard let header = request.setCookieHeader else { return XCTAssertEqual(expected, .keep) }
    let value = header.prefix { $0 != ";" }.dropFirst("session3=".count)
    switch expected {
    case .keep: XCTFail("a cookie was set")
    case .revoke: XCTAssertTrue(value.isEmpty, "a cookie was set")
    case .set(let life): XCTAssertEqual(String(value), model.lives[life].id.text)
    }
  }

  /// Each session that lives is stored once, under its present id, and no other is: no planted id,
  /// none of a session that ended, none that a session had before.
  private func checkStore() throws {
    let sessions = hosts[random.below(hosts.count)].repository
    XCTAssertEqual(Set(try sessions.allIDs()), model.ids)
    for life in model.lives where life.isAlive {
      guard let session = try sessions.load(life.id) else {
        XCTFail("a session is lost")
        continue
      }
      XCTAssertEqual(try session.user, life.user.map { .text($0) })
      XCTAssertEqual(Set(try session.attributes.map(\.key)), life.keys)
    }
  }

  // MARK: Pages

  private func newKey() -> String {
    keys += 1
    return "k\(keys)"
  }

  private func act(_ entry: inout Open) throws -> String {
    let action = random.below(12)
    switch action {
    case 0: return "nothing"
    case 1...3: try addKey(&entry)
    case 4...5: try setUser(Self.users[random.below(Self.users.count)], &entry)
    case 6: try setUser(nil, &entry)
    case 7: try clear(&entry)
    case 8: try expire(&entry)
    case 9:
      XCTAssertTrue(try entry.request.renewID())
      entry.model.asksForRenewal = true
      if random.once(in: 2) { try addKey(&entry) }
    case 10: try expireUser(&entry)
    default:
      if random.once(in: 2) { try expire(&entry) }
      _ = try entry.request.newSession()
      entry.model.session = ManagerModel.Copy()
      if random.once(in: 2) { try addKey(&entry) }
      if random.once(in: 2) { try setUser("ada", &entry) }
    }
    return "action \(action): \(entry.model)"
  }

  private func addKey(_ entry: inout Open) throws {
    let key = newKey()
    try entry.request.session?.set(key, to: 1)
    entry.model.session?.keys.insert(key)
  }

  private func setUser(_ user: String?, _ entry: inout Open) throws {
    try entry.request.session?.setUser(user.map { .text($0) })
    entry.model.session?.user = user
  }

  private func clear(_ entry: inout Open) throws {
    for key in entry.model.session?.keys ?? [] { try entry.request.session?.remove(key) }
    entry.model.session?.keys = []
    try setUser(nil, &entry)
  }

  private func expire(_ entry: inout Open) throws {
    XCTAssertTrue(try entry.request.expireSession())
    if let session = entry.model.session { entry.model.expired.append(session) }
    entry.model.session = nil
  }

  private func expireUser(_ entry: inout Open) throws {
    let isAll = random.once(in: 2)
    let isThere = try entry.request.expireUserSessions(isAll ? .all : .others)
    guard let session = entry.model.session, let user = session.user else {
      return XCTAssertFalse(isThere)
    }
    XCTAssertTrue(isThere)
    entry.model.userToExpire = (user, isAll)
    guard isAll else { return }
    entry.model.expired.append(session)
    entry.model.session = nil
  }
}
