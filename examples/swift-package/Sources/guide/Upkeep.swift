// SPDX-License-Identifier: MIT
import Session3

// docs: begin open
/// Opens a directory, and tells what goes wrong in it.
func openSessions(
  in path: String, log: @escaping @Sendable (StoreLog.Level, String) -> Void
) throws(StoreError) -> SessionRepository {
  var options = DirectorySessionStore.Options()
  options.create = true
  options.sync = .data
  options.lockTimeout = .milliseconds(500)
  options.log = StoreLog(level: .info, write: log)
  return SessionRepository(try DirectorySessionStore.open(path, options: options))
}
// docs: end open

// docs: begin upkeep
/// Once an hour, from a timer or from cron: sessions that nobody used for a month go.
func tidy(_ sessions: SessionRepository) throws(StoreError) -> String {
  let swept = try sessions.sweep(olderThan: .seconds(30 * 86_400))
  return "\(swept.deleted) deleted, \(swept.remaining) remain"
}

/// Who is logged in, for an admin page: no id gets there, a short hash stands for each.
func whoIsThere(_ sessions: SessionRepository) throws(StoreError) -> [String] {
  var lines: [String] = []
  let walk = try sessions.sessions()
  while let session = try walk.next() {
    guard let id = session.id, let user = try session.user?.textValue else { continue }
    lines.append("\(user) \(sessions.shortHash(of: id))")
  }
  return lines
}
// docs: end upkeep

// docs: begin tasks
/// Many tasks share a repository; each loads its own copy of a session.
func countInTasks(_ id: SessionID, _ sessions: SessionRepository) async throws -> Int64? {
  try await withThrowingTaskGroup(of: Void.self) { tasks in
    for task in 1...4 {
      tasks.addTask {
        guard let session = try sessions.load(id) else { return }
        try session.set("task \(task)", to: true)
        try sessions.save(session)
        try sessions.increment(id, "tasks")
      }
    }
    try await tasks.waitForAll()
  }
  return try sessions.load(id)?.value("tasks")?.intValue
}
// docs: end tasks
