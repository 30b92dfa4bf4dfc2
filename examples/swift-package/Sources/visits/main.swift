// SPDX-License-Identifier: MIT
// Counts a visitor's visits, in the same sessions as the C program of the README.
// A CGI program, which prints the response. Sessions are in ./sessions.
import Foundation
import Session3

func respond(to request: [String: String]) throws(StoreError) -> String {
  var options = DirectorySessionStore.Options()
  options.create = true
  var policy = ManagerPolicy()
  policy.idleTimeout = .seconds(30 * 60)
  policy.lifetime = .seconds(12 * 3600)
  let store = try DirectorySessionStore.open("sessions", options: options)
  let manager = try SessionManager(SessionRepository(store), policy: policy)

  let visit = try manager.startRequest(
    cookies: request["HTTP_COOKIE"], remoteAddress: request["REMOTE_ADDR"])
  var visits: Int64 = 1
  if let session = visit.session {
    visits += try session.value("visits")?.intValue ?? 0
    try session.set("visits", to: .int(visits))
  }
  try visit.finishSuccessful()

  let cookie = visit.setCookieHeader.map { "Set-Cookie: \($0)\n" } ?? ""
  return cookie + "Content-Type: text/plain\n\nvisit \(visits)"
}

do throws(StoreError) {
  print(try respond(to: ProcessInfo.processInfo.environment))
} catch {
  FileHandle.standardError.write(Data("visits: \(error)\n".utf8))
  exit(1)
}
