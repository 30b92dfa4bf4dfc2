// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Time limits and lifetimes of cookies, to the microsecond.
final class ManagerPolicyTests: XCTestCase {
  private let made: Int64 = 1_800_000_000_000_000
  private let hour = ManualClock.hour
  private let day = 24 * ManualClock.hour

  /// A session of a store, from its times and fields.
  private func session(
    accessed: Int64? = nil, fields: Value = [:]
  ) throws -> Session {
    let id = try SessionID.generate()
    let record = try Record.sealed(
      payload(fields), for: id, created: made, accessed: accessed ?? made)
    return Session(id: id, record: record)
  }

  private func time(_ microseconds: Int64) -> Value {
    .timestamp(Timestamp(microseconds: microseconds))
  }

  private func policy(_ change: (inout ManagerPolicy) -> Void) -> ManagerPolicy {
    var policy = ManagerPolicy()
    change(&policy)
    return policy
  }

  // MARK: What is refused

  func testNegativeTimesAreRefused() throws {
    let sessions = SessionRepository(try memoryStore())
    for time in [-1, Int64.min] {
      assertError(.invalid, try SessionManager(sessions) { $0.idleTimeout = .microseconds(time) })
      assertError(.invalid, try SessionManager(sessions) { $0.lifetime = .microseconds(time) })
      assertError(
        .invalid, try SessionManager(sessions) { $0.persistentTimeout = .microseconds(time) })
    }
    assertError(.invalid, try SessionManager(sessions) { $0.persistentTimeout = .microseconds(0) })
    for time in [2_000_000, Int64.max] {
      _ = try SessionManager(sessions) {
        $0.idleTimeout = .microseconds(time)
        $0.lifetime = .microseconds(time)
        $0.persistentTimeout = .microseconds(max(1, time))
      }
    }
  }

  func testACookieThatBrowsersDropIsRefused() throws {
    let sessions = SessionRepository(try memoryStore())
    let error = assertError(
      .invalid, try SessionManager(sessions) { $0.cookie.sameSite = .none })
    XCTAssertTrue(error?.description.contains("Secure") ?? false)
  }

  // MARK: Limits

  func testWithoutLimitsNothingEnds() throws {
    let session = try session()
    XCTAssertFalse(ManagerPolicy().isExpired(session, now: Int64.max))
    XCTAssertFalse(ManagerPolicy().isExpired(session, now: Int64.min))
  }

  func testTheIdleTimeoutIsToTheMicrosecond() throws {
    let policy = policy { $0.idleTimeout = .microseconds(hour) }
    let session = try session(accessed: made + 5)
    XCTAssertFalse(policy.isExpired(session, now: made + 5 + hour))
    XCTAssertTrue(policy.isExpired(session, now: made + 5 + hour + 1))
    XCTAssertFalse(policy.isExpired(session, now: made - hour))
  }

  func testTheLifetimeIsToTheMicrosecond() throws {
    let policy = policy { $0.lifetime = .microseconds(hour) }
    let session = try session(accessed: made + hour)
    XCTAssertFalse(policy.isExpired(session, now: made + hour))
    XCTAssertTrue(policy.isExpired(session, now: made + hour + 1))
  }

  func testTheLifetimeBeginsAtTheLogin() throws {
    let policy = policy { $0.lifetime = .microseconds(hour) }
    let login = made + 10 * hour
    let session = try session(accessed: login, fields: ["authenticated": time(login)])
    XCTAssertEqual(session.authenticated, login)
    XCTAssertFalse(policy.isExpired(session, now: login + hour))
    XCTAssertTrue(policy.isExpired(session, now: login + hour + 1))
  }

  func testEachLimitHoldsByItself() throws {
    let policy = policy {
      $0.idleTimeout = .microseconds(hour)
      $0.lifetime = .microseconds(3 * hour)
    }
    let idle = try session(accessed: made)
    let busy = try session(accessed: made + 3 * hour)
    XCTAssertTrue(policy.isExpired(idle, now: made + hour + 1))
    XCTAssertFalse(policy.isExpired(busy, now: made + 3 * hour))
    XCTAssertTrue(policy.isExpired(busy, now: made + 3 * hour + 1))
  }

  func testAPersistentSessionHasATimeoutOfItsOwn() throws {
    let policy = policy {
      $0.idleTimeout = .microseconds(hour)
      $0.persistentTimeout = .microseconds(day)
    }
    let persistent = try session(fields: ["persistent": true])
    XCTAssertFalse(policy.isExpired(persistent, now: made + day))
    XCTAssertTrue(policy.isExpired(persistent, now: made + day + 1))
    for fields in [[:], ["persistent": false]] as [Value] {
      XCTAssertTrue(policy.isExpired(try session(fields: fields), now: made + hour + 1))
    }
  }

  func testAPersistentSessionEndsAlsoWhereOthersDoNot() throws {
    let policy = policy { $0.persistentTimeout = .microseconds(day) }
    XCTAssertTrue(
      policy.isExpired(try session(fields: ["persistent": true]), now: made + day + 1))
    XCTAssertFalse(policy.isExpired(try session(), now: made + day + 1))
  }

  func testTheLifetimeHoldsForPersistentSessionsToo() throws {
    let policy = policy { $0.lifetime = .microseconds(hour) }
    let persistent = try session(fields: ["persistent": true])
    XCTAssertTrue(policy.isExpired(persistent, now: made + hour + 1))
  }

  func testTheFlagMakesThoseThatSayNothingPersistent() throws {
    let policy = policy {
      $0.isPersistent = true
      $0.idleTimeout = .microseconds(hour)
      $0.persistentTimeout = .microseconds(day)
    }
    XCTAssertFalse(policy.isExpired(try session(), now: made + day))
    XCTAssertTrue(
      policy.isExpired(try session(fields: ["persistent": false]), now: made + hour + 1))
  }

  // MARK: The cookie

  func testTheCookieLivesAsLongAsTheSessionMay() throws {
    let persistent = try session(fields: ["persistent": true])
    XCTAssertEqual(ManagerPolicy().cookieLifetime(of: try session(), now: made), 0)
    XCTAssertEqual(ManagerPolicy().cookieLifetime(of: persistent, now: made), 30 * day)
    let short = policy {
      $0.persistentTimeout = .microseconds(day)
      $0.lifetime = .microseconds(3 * day)
    }
    XCTAssertEqual(short.cookieLifetime(of: persistent, now: made), day)
    XCTAssertEqual(short.cookieLifetime(of: persistent, now: made + 2 * day), day)
    XCTAssertEqual(short.cookieLifetime(of: persistent, now: made + 2 * day + hour), 23 * hour)
    XCTAssertEqual(short.cookieLifetime(of: persistent, now: made + 3 * day - 1), 1)
    for late in [made + 3 * day, made + 9 * day, Int64.max] {
      XCTAssertEqual(
        short.cookieLifetime(of: persistent, now: late), 1, "0 is until the browser is closed")
    }
  }

  func testACookieIsOldAfterATenthOfItsTime() throws {
    let policy = policy { $0.persistentTimeout = .microseconds(10 * day) }
    let session = try session(fields: ["persistent": true])
    XCTAssertFalse(policy.isCookieOld(of: session, now: made))
    XCTAssertFalse(policy.isCookieOld(of: session, now: made + day))
    XCTAssertTrue(policy.isCookieOld(of: session, now: made + day + 1))
    let renewed = try self.session(
      fields: ["persistent": true, "renewed": time(made + 5 * day)])
    XCTAssertFalse(policy.isCookieOld(of: renewed, now: made + 6 * day))
    XCTAssertTrue(policy.isCookieOld(of: renewed, now: made + 6 * day + 1))
  }

  func testACookieThatWouldNotLastLongerIsNotOld() throws {
    let policy = policy {
      $0.persistentTimeout = .microseconds(10 * day)
      $0.lifetime = .microseconds(10 * day)
    }
    let session = try session(fields: ["persistent": true])
    for later in stride(from: made, through: made + 10 * day, by: Int(hour)) {
      XCTAssertFalse(policy.isCookieOld(of: session, now: later))
    }
  }

  func testTheCookieOfABrowserSessionIsNeverOld() throws {
    let session = try session()
    XCTAssertFalse(ManagerPolicy().isCookieOld(of: session, now: Int64.max))
  }

  /// Browsers keep no cookie for longer than 400 days.
  func testACookieForALifetimeIsOldBeforeTheBrowserDropsIt() throws {
    let session = try session(fields: ["persistent": true])
    for timeout in [400 * day, 4_001 * day, 40_000 * day, Int64.max] {
      let policy = policy { $0.persistentTimeout = .microseconds(timeout) }
      XCTAssertTrue(policy.isCookieOld(of: session, now: made + 400 * day), "\(timeout)")
    }
  }

  // MARK: What a hostile store may hold

  func testFieldsOfOtherTypesAreAbsent() throws {
    let values: [Value] = [
      .null, true, 0, -1, 1, .int(Int64.max), .int(Int64.min), .uint(UInt64.max), .double(1.5),
      "x", .binary([1]), [], ["a": 1], [true], .timestamp(Timestamp(microseconds: 0)),
    ]
    for value in values {
      let session = try session(
        fields: ["authenticated": value, "persistent": value, "renewed": value])
      if case .timestamp = value {
        XCTAssertEqual(session.authenticated, 0)
        XCTAssertEqual(session.renewed, 0)
      } else {
        XCTAssertNil(session.authenticated)
        XCTAssertNil(session.renewed)
      }
      XCTAssertEqual(session.isPersistent, value == true ? true : nil)
    }
  }

  func testNoTimeTraps() throws {
    let times = [
      Int64.min, Int64.min + 1, -1, 0, 1, made, Int64.max - 1, Int64.max,
    ]
    let beyond = try [
      XCTUnwrap(Timestamp(seconds: Int64.max, nanoseconds: 999_999_999)),
      XCTUnwrap(Timestamp(seconds: Int64.min, nanoseconds: 0)),
    ]
    let stamps = times.map { Timestamp(microseconds: $0) } + beyond
    for limit in [0, 1, hour, Int64.max] {
      let policy = policy {
        $0.idleTimeout = .microseconds(limit)
        $0.lifetime = .microseconds(limit)
        $0.persistentTimeout = .microseconds(max(1, limit))
        $0.isPersistent = true
      }
      for stamp in stamps {
        let session = try session(
          fields: ["authenticated": .timestamp(stamp), "renewed": .timestamp(stamp)])
        for now in times {
          _ = policy.isExpired(session, now: now)
          _ = policy.isCookieOld(of: session, now: now)
          let lifetime = policy.cookieLifetime(of: session, now: now)
          XCTAssertTrue((1...max(1, limit)).contains(lifetime))
        }
      }
    }
  }
}
