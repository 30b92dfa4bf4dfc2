// SPDX-License-Identifier: MIT
import Foundation
import XCTest

@testable import Session3

/// A browser with one cookie jar: the last Set-Cookie counts, and an empty value is no cookie.
final class Browser {
  /// The id in its jar, as text.
  var cookie: String?
  /// The attributes of the last Set-Cookie header that came.
  private(set) var cookieAttributes: [String] = []

  init(_ cookie: SessionID? = nil) {
    self.cookie = cookie?.text
  }

  /// Sends a request.
  func start(_ manager: SessionManager) throws(StoreError) -> SessionRequest {
    try manager.startRequest(
      cookies: cookie.map { "session3=" + $0 }, remoteAddress: "192.0.2.1")
  }

  /// Takes a response.
  func receive(_ request: SessionRequest) {
    guard let header = request.setCookieHeader else { return }
    var parts = header.split(separator: ";", omittingEmptySubsequences: false).map {
      String($0).trimmingCharacters(in: .whitespaces)
    }
    let value = parts.removeFirst().dropFirst("session3=".count)
    cookie = value.isEmpty ? nil : String(value)
    cookieAttributes = parts
  }

  /// Sends a request, has the page do its work, finishes well, and takes the response.
  /// - Returns: what became of the session.
  @discardableResult
  func visit(
    _ manager: SessionManager, _ page: (Session, SessionRequest) throws -> Void = { _, _ in }
  ) throws -> SessionRequest.Outcome {
    let request = try start(manager)
    try page(XCTUnwrap(request.session), request)
    try request.finishSuccessful()
    receive(request)
    return request.outcome
  }

  /// Makes ready to see whether the next response has a cookie.
  func forgetCookieAttributes() {
    cookieAttributes = []
  }

  /// The user whom a request of this browser finds logged in.
  func user(_ manager: SessionManager) throws -> Value? {
    try start(manager).session?.user
  }

  /// The id in the jar.
  var id: SessionID? { cookie.flatMap { SessionID($0) } }
}

extension SessionManager {
  /// A manager with a policy that a test changes.
  convenience init(
    _ repository: SessionRepository, _ change: (inout ManagerPolicy) -> Void
  ) throws(StoreError) {
    var policy = ManagerPolicy()
    change(&policy)
    try self.init(repository, policy: policy)
  }
}
