// SPDX-License-Identifier: MIT
import Session3

// docs: begin middleware
/// What a server knows of a response.
struct Response: Sendable {
  var status = 200
  var body = ""
  var setCookie: String?
}

/// A page gets the request's session as an argument.
typealias Page = @Sendable (Session) async throws -> Response

/// Answers a request by a page: its session is stored if the page went well.
func respond(
  cookies: String?, _ manager: SessionManager, by page: Page
) async throws -> Response {
  let request = try manager.startRequest(cookies: cookies)
  // There is one, until the request expires it.
  guard let session = request.session else { return Response(status: 500) }
  var response = try await page(session)
  if response.status < 500 { try request.finishSuccessful() }
  response.setCookie = request.setCookieHeader
  return response
}
// docs: end middleware
