// SPDX-License-Identifier: MIT
import Session3

// docs: begin login
/// The page that a login form leads to. Another user gets a new id by itself,
/// so that who knew the old one is not logged in with him.
/// - Returns: the Set-Cookie header of the response.
func logIn(
  _ user: String, remember: Bool, cookies: String?, _ manager: SessionManager
) throws(StoreError) -> String? {
  let request = try manager.startRequest(cookies: cookies)
  // There is one, until the request expires it.
  guard let session = request.session else { return nil }
  try session.setUser(.text(user))
  try session.setPersistent(remember)
  try request.finishSuccessful()
  return request.setCookieHeader
}

/// The page of a logout button: on this browser, or on all of the user's.
func logOut(
  everywhere: Bool, cookies: String?, _ manager: SessionManager
) throws(StoreError) -> String? {
  let request = try manager.startRequest(cookies: cookies)
  if everywhere { try request.expireUserSessions(.all) }
  try request.expireSession()
  try request.finishSuccessful()
  return request.setCookieHeader
}
// docs: end login

// docs: begin values
/// Puts books into a cart, and tells how many there are.
func addBooks(_ count: Int64, to session: Session) throws(StoreError) -> Int64 {
  let books = try (session.value("cart")?["books"]?.intValue ?? 0) + count
  try session.set("cart", to: ["books": .int(books), "gift": false])
  return books
}
// docs: end values

// docs: begin tokens
/// A form that is sent twice orders once: its token passes once, whichever process
/// is asked.
/// - Returns: the number of the order; nil for a form that was sent before.
func order(
  token: String, _ id: SessionID, in sessions: SessionRepository
) throws(StoreError) -> Int64? {
  guard try sessions.consumeFormToken(id, token) else { return nil }
  return try sessions.increment(id, "orders")
}
// docs: end tokens

// docs: begin errors
/// The answer of a page that can't do without its session.
func status(after failure: StoreError) -> Int {
  switch failure.code {
  case .gone: 401  // Logged out since the page began.
  case .conflict: 409  // Changed by somebody else, where the policy is to fail.
  case .busy: 503  // Locked by somebody else for as long as the store waits.
  case .io where failure.systemErrno == 28: 507  // ENOSPC, for new sessions alone.
  default: 500
  }
}
// docs: end errors
