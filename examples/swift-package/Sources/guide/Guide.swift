// SPDX-License-Identifier: MIT
// Runs what docs/reference/swift.md shows: guide DIRECTORY
import Session3

@main
struct Guide {
  static func main() async throws {
    let sessions = try openSessions(in: CommandLine.arguments[1]) { level, line in
      print("\(level): \(line.prefix { $0 != ":" })")
    }
    let manager = try SessionManager(sessions)

    let cookie = try logIn("ada", remember: true, cookies: nil, manager)
    print(cookie?.contains("Max-Age=") == true ? "remembered" : "for this browser's time")
    guard let id = try sessions.sessions().nextID(), let session = try sessions.load(id) else {
      return print("not logged in")
    }
    print("\(try addBooks(2, to: session)), \(try addBooks(3, to: session)) books")
    let token = try session.makeFormToken()
    try sessions.save(session)
    print("order \(try order(token: token, id, in: sessions) ?? 0)")
    print(try order(token: token, id, in: sessions) == nil ? "ordered once" : "ordered twice")
    print("\(try await countInTasks(id, sessions) ?? 0) tasks")
    print(try whoIsThere(sessions).count == 1 ? "one is there" : "not one is there")
    print(try tidy(sessions))

    let page = try await respond(cookies: "session3=\(id.text)", manager) { session in
      try session.set("theme", to: "dark")
      return Response(body: try session.user?.textValue ?? "nobody")
    }
    let theme = try sessions.load(id)?.value("theme")?.textValue
    print("\(page.status) \(page.body), theme \(theme ?? "none")")

    let gone = try logOut(everywhere: true, cookies: "session3=\(id.text)", manager)
    print(gone?.contains("Max-Age=0") == true ? "logged out" : "logged in")
    do throws(StoreError) { try sessions.save(session) } catch { print(status(after: error)) }
  }
}
