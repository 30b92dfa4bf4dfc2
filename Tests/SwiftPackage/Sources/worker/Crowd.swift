// SPDX-License-Identifier: MIT
import Session3

/// Eight tasks share a repository, and load, change and save one session 250 times each: every one
/// counts by `increment`, and in an attribute of its own.
/// - Returns: what all of them counted by `increment`.
func crowd(on id: SessionID, of repository: SessionRepository) async throws -> Int64? {
  try await withThrowingTaskGroup(of: Void.self) { tasks in
    for task in 0..<8 {
      tasks.addTask {
        for _ in 0..<250 {
          try repository.increment(id, "all")
          guard let session = try repository.load(id) else { continue }
          let own = "task \(task)"
          try session.set(own, to: .int((session.value(own)?.intValue ?? 0) + 1))
          try repository.save(session)
        }
      }
    }
    try await tasks.waitForAll()
  }
  return try repository.load(id)?.value("all")?.intValue
}
