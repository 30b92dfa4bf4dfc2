// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Every way that a request begins, times everything that a page asks for, times every way that it
/// ends.
final class ManagerLifeCycleTests: XCTestCase {
  /// What the browser's cookie stands for. Apart from its session, there are one more of ada's and
  /// one of eve's.
  private enum Start: String, CaseIterable {
    /// No cookie.
    case visitor
    /// A session of ada's, with the attribute n.
    case known
    case expired, unreadable
    /// Deleted by somebody else after the request began.
    case gone
  }

  private typealias Page = (Session, SessionRequest) throws -> Void

  private let pages: [String: Page] = [
    "nothing": { _, _ in },
    "attribute": { session, _ in try session.set("m", to: 1) },
    "bob": { session, _ in try session.setUser("bob") },
    "ada": { session, _ in try session.setUser("ada") },
    "nobody": { session, _ in try session.setUser(nil) },
    "empty": { session, _ in
      try session.setUser(nil)
      try session.remove("n")
    },
    "expire": { _, request in _ = try request.expireSession() },
    "renew": { _, request in _ = try request.renewID() },
    "new": { _, request in _ = try request.newSession() },
    "new-filled": { _, request in try request.newSession().set("new", to: 1) },
    "expire-new-filled": { _, request in
      _ = try request.expireSession()
      try request.newSession().set("new", to: 1)
    },
    "all": { _, request in _ = try request.expireUserSessions(.all) },
    "others": { _, request in _ = try request.expireUserSessions(.others) },
  ]

  /// start, page; outcome; Set-Cookie; what the browser's next request has, "user:attributes"; how
  /// many sessions are stored.
  private let table = """
    visitor    nothing            none       keep    -        2
    visitor    attribute          created    set     :m       3
    visitor    bob                created    set     bob:     3
    visitor    ada                created    set     ada:     3
    visitor    nobody             none       keep    -        2
    visitor    empty              none       keep    -        2
    visitor    expire             deleted    keep    -        2
    visitor    renew              none       keep    -        2
    visitor    new                none       keep    -        2
    visitor    new-filled         created    set     :new     3
    visitor    expire-new-filled  created    set     :new     3
    visitor    all                none       keep    -        2
    visitor    others             none       keep    -        2
    known      nothing            unchanged  keep    ada:n    3
    known      attribute          saved      keep    ada:m,n  3
    known      bob                renewed    set     bob:n    3
    known      ada                unchanged  keep    ada:n    3
    known      nobody             renewed    set     :n       3
    known      empty              deleted    revoke  -        2
    known      expire             deleted    revoke  -        2
    known      renew              renewed    set     ada:n    3
    known      new                none       keep    ada:n    3
    known      new-filled         created    set     :new     4
    known      expire-new-filled  created    set     :new     3
    known      all                deleted    revoke  -        1
    known      others             unchanged  keep    ada:n    2
    expired    nothing            none       keep    -        3
    expired    attribute          created    set     :m       4
    expired    bob                created    set     bob:     4
    expired    ada                created    set     ada:     4
    expired    nobody             none       keep    -        3
    expired    empty              none       keep    -        3
    expired    expire             deleted    revoke  -        3
    expired    renew              none       keep    -        3
    expired    new                none       keep    -        3
    expired    new-filled         created    set     :new     4
    expired    expire-new-filled  created    set     :new     4
    expired    all                none       keep    -        3
    expired    others             none       keep    -        3
    unreadable nothing            none       keep    -        3
    unreadable attribute          created    set     :m       4
    unreadable bob                created    set     bob:     4
    unreadable ada                created    set     ada:     4
    unreadable nobody             none       keep    -        3
    unreadable empty              none       keep    -        3
    unreadable expire             deleted    revoke  -        3
    unreadable renew              none       keep    -        3
    unreadable new                none       keep    -        3
    unreadable new-filled         created    set     :new     4
    unreadable expire-new-filled  created    set     :new     4
    unreadable all                none       keep    -        3
    unreadable others             none       keep    -        3
    gone       nothing            gone       keep    -        2
    gone       attribute          gone       keep    -        2
    gone       bob                gone       keep    -        2
    gone       ada                gone       keep    -        2
    gone       nobody             gone       keep    -        2
    gone       empty              gone       keep    -        2
    gone       expire             deleted    revoke  -        2
    gone       renew              gone       keep    -        2
    gone       new                none       keep    -        2
    gone       new-filled         created    set     :new     3
    gone       expire-new-filled  created    set     :new     3
    gone       all                deleted    revoke  -        1
    gone       others             gone       keep    -        1
    """

  /// A request that is about to end.
  private final class Run {
    let store: ScriptedStore
    let manager: SessionManager
    let browser: Browser
    let request: SessionRequest

    init(_ start: Start, _ page: Page) throws {
      let clock = ManualClock()
      store = try ScriptedStore(clock: clock.clock)
      let sessions = SessionRepository(store)
      manager = try SessionManager(sessions) { $0.idleTimeout = .microseconds(ManualClock.hour) }
      let id = start == .visitor ? nil : try sessions.make(["n": 1], user: "ada")
      if start == .expired { clock.now += 2 * ManualClock.hour }
      for user in ["ada", "eve"] { _ = try sessions.make(["other": 1], user: .text(user)) }
      if start == .unreadable {
        store.before = { (verb, called) throws(StoreError) in
          if verb == .read, called == id { throw StoreError(.corrupt, "scripted") }
        }
      }
      browser = Browser(id)
      request = try browser.start(manager)
      if start == .gone, let id { _ = try sessions.delete(id) }
      try page(XCTUnwrap(request.session), request)
    }

    /// What came of it, in the words of the table.
    func words() throws -> [String] {
      let before = browser.cookie
      browser.receive(request)
      let cookie: String
      switch (request.setCookie, browser.cookie) {
      case (nil, _): cookie = "keep"
      case (_, nil): cookie = "revoke"
      default: cookie = "set"
      }
      if cookie == "set" { XCTAssertNotEqual(browser.cookie, before) }
      return [
        "\(request.outcome)", cookie, try content(),
        "\(try manager.repository.allIDs().count)",
      ]
    }

    private func content() throws -> String {
      guard let session = try browser.start(manager).session, !session.isNew else { return "-" }
      var user = ""
      if case .text(let name) = try session.user { user = name }
      return user + ":" + (try session.attributes.map(\.key).joined(separator: ","))
    }
  }

  private func onEachRow(_ body: (Start, Page, [String], String) throws -> Void) throws {
    var rows = 0
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      let start = try XCTUnwrap(Start(rawValue: words[0]))
      try body(start, XCTUnwrap(pages[words[1]]), Array(words[2...]), words[0] + " " + words[1])
      rows += 1
    }
    XCTAssertEqual(rows, Start.allCases.count * pages.count)
  }

  func testARequestThatWentWell() throws {
    try onEachRow { start, page, expected, row in
      let run = try Run(start, page)
      try run.request.finishSuccessful()
      XCTAssertEqual(try run.words(), expected, row)
    }
  }

  func testARequestThatWasMaintainedBefore() throws {
    for times in 1...2 {
      try onEachRow { start, page, expected, row in
        let run = try Run(start, page)
        for _ in 0..<times { try run.request.maintainSession() }
        try run.request.finishSuccessful()
        XCTAssertEqual(try run.words(), expected, "\(row), maintained \(times) times")
      }
    }
  }

  func testARequestThatFailed() throws {
    try onEachRow { start, page, _, row in
      let run = try Run(start, page)
      run.store.after = { (verb, _) throws(StoreError) in
        XCTFail("\(row): \(verb)")
      }
      try run.request.finishFailed()
      run.store.after = nil
      let next = start == .known ? "ada:n" : "-"
      let stored = start == .visitor || start == .gone ? "2" : "3"
      XCTAssertEqual(try run.words(), ["none", "keep", next, stored], row)
    }
  }

  func testARequestThatWasGivenUp() throws {
    try onEachRow { start, page, _, row in
      let run = try Run(start, page)
      let next = start == .known ? "ada:n" : "-"
      let stored = start == .visitor || start == .gone ? "2" : "3"
      XCTAssertEqual(try run.words(), ["none", "keep", next, stored], row)
    }
  }

  func testAnExpiredOrUnreadableSessionIsLeftAsItIs() throws {
    for start in [Start.expired, .unreadable] {
      for (name, page) in pages {
        let run = try Run(start, page)
        let id = try XCTUnwrap(run.browser.id)
        try run.request.finishSuccessful()
        run.store.before = nil
        XCTAssertEqual(try run.manager.repository.loaded(id).user, "ada", "\(start), \(name)")
      }
    }
  }
}
