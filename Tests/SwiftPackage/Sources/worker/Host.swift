// SPDX-License-Identifier: MIT
import Foundation
import Session3
import Synchronization

/// The state of a host: a store, and the session or the request that it is at.
final class Host {
  private var repository = SessionRepository(DictionaryStore())
  private var session: Session?
  private var request: SessionRequest?
  private let log = Log()

  /// Messages of the store, collected.
  private final class Log: Sendable {
    let messages = Mutex<[String]>([])
  }

  private var storeLog: StoreLog {
    StoreLog(level: .debug) { [log] level, message in
      log.messages.withLock { $0.append("\(level): \(message)") }
    }
  }

  private struct NoSession: Error {}

  private func current() throws -> Session {
    guard let session = request?.session ?? session else { throw NoSession() }
    return session
  }

  private func id(of command: Command) throws -> SessionID {
    guard let id = SessionID(command.id ?? "") else { throw NoSession() }
    return id
  }

  func perform(_ command: Command) async throws -> Answer {
    switch command.verb {
    case "open": return try open(command)
    case "new", "load", "create", "save", "renew", "leave": return try handle(command)
    case "show": return try show(try current())
    case "set", "set user", "set persistent", "remove", "remove all": return try change(command)
    case "make form token", "make csrf token", "check csrf token": return try token(command)
    case "start", "finish", "fail": return try cycle(command)
    case "expire", "expire all": return try expire(command)
    default: return try await manage(command)
    }
  }

  private func open(_ command: Command) throws -> Answer {
    let store: any SessionStore
    switch command.store {
    case "memory": store = try MemorySessionStore(log: storeLog)
    case "dictionary": store = DictionaryStore()
    case "failing": store = FailingStore(log: storeLog)
    default:
      var options = DirectorySessionStore.Options()
      options.create = command.flag ?? false
      options.lockTimeout = .milliseconds(command.number ?? 5_000)
      options.maximumPayload = command.count ?? options.maximumPayload
      options.log = storeLog
      store = try DirectorySessionStore.open(command.path ?? "", options: options)
    }
    repository = SessionRepository(store)
    (session, request) = (nil, nil)
    return Answer()
  }

  // MARK: One session

  private func handle(_ command: Command) throws -> Answer {
    switch command.verb {
    case "new": session = Session(id: command.id.flatMap { SessionID($0) })
    case "load":
      session = try repository.load(id(of: command))
      return Answer(flag: session != nil)
    case "create": try repository.create(current())
    case "save":
      let policies = ["overwrite": SavePolicy.overwrite, "fail": SavePolicy.fail]
      try repository.save(current(), policy: command.text.flatMap { policies[$0] })
    case "renew": try repository.renew(current())
    default: (session, request) = (nil, nil)
    }
    return Answer(id: (request?.session ?? session)?.id?.text)
  }

  private func show(_ session: Session) throws -> Answer {
    Answer(
      id: session.id?.text, user: try session.user, attributes: try session.attributes,
      isPersistent: session.isPersistent, authenticated: session.authenticated,
      created: session.created, accessed: session.accessed, text: try session.remoteAddress)
  }

  private func change(_ command: Command) throws -> Answer {
    let session = try current()
    switch command.verb {
    case "set": try session.set(command.key ?? "", to: command.value ?? .null)
    case "set user": try session.setUser(command.value)
    case "set persistent": try session.setPersistent(command.flag)
    case "remove": return Answer(flag: try session.remove(command.key ?? ""))
    default: try session.removeAll()
    }
    return Answer()
  }

  private func token(_ command: Command) throws -> Answer {
    switch command.verb {
    case "make form token": Answer(text: try current().makeFormToken())
    case "make csrf token": Answer(text: try current().makeCSRFToken())
    default: Answer(flag: try current().isCSRFToken(command.text ?? ""))
    }
  }

  // MARK: A request

  private func cycle(_ command: Command) throws -> Answer {
    guard command.verb == "start" else {
      guard let request else { throw NoSession() }
      try command.verb == "fail" ? request.finishFailed() : request.finishSuccessful()
      return Answer(text: request.setCookieHeader, texts: ["\(request.outcome)"])
    }
    var policy = ManagerPolicy()
    policy.idleTimeout = .seconds(30 * 60)
    let manager = try SessionManager(repository, policy: policy)
    request = try manager.startRequest(cookies: command.text, remoteAddress: "192.0.2.1")
    let status =
      switch request?.cookieStatus {
      case .unreadable(let error): "unreadable: \(error.code.map { "\($0)" } ?? "")"
      case let status?: "\(status)"
      case nil: ""
      }
    return Answer(text: status, flag: request?.hasSessionCookie)
  }

  private func expire(_ command: Command) throws -> Answer {
    guard let request else { throw NoSession() }
    if command.verb == "expire all" { return Answer(flag: try request.expireUserSessions(.all)) }
    return Answer(flag: try request.expireSession())
  }

  // MARK: The store

  private func manage(_ command: Command) async throws -> Answer {
    switch command.verb {
    case "delete": return Answer(flag: try repository.delete(id(of: command)))
    case "increment":
      let value = try repository.increment(
        id(of: command), command.key ?? "", by: command.number ?? 1)
      return Answer(number: value)
    case "consume form token":
      return Answer(flag: try repository.consumeFormToken(id(of: command), command.text ?? ""))
    case "touch": try repository.touch(id(of: command), at: command.number)
    case "sweep":
      let swept = try repository.sweep(olderThan: .seconds(command.number ?? 0))
      return Answer(numbers: ["deleted": swept.deleted, "remaining": swept.remaining])
    case "ids": return Answer(texts: try ids())
    case "hash": return Answer(text: repository.shortHash(of: try id(of: command)))
    case "count": return Answer(numbers: numbers())
    case "log":
      return Answer(texts: log.messages.withLock { $0 })
    case "library": return try await shareWithLibrary(command)
    default:
      return Answer(number: try await crowd(on: id(of: command), of: repository))
    }
    return Answer()
  }

  private func ids() throws -> [String] {
    let walk = try repository.sessions()
    var ids: [String] = []
    while let id = try walk.nextID() { ids.append(id.text) }
    return ids.sorted()
  }

  private func numbers() -> [String: UInt64] {
    let now = repository.statistics
    return [
      "loads": now.loads, "saves": now.saves, "merges": now.merges, "corrupt": now.corrupt,
      "busy": now.busy, "failures": now.failures,
    ]
  }

  /// Both copies of the library at work at once, in several threads.
  private func shareWithLibrary(_ command: Command) async throws -> Answer {
    guard let library = SharedLibrary(command.text ?? "") else { throw NoSession() }
    let (id, repository) = (try id(of: command), repository)
    let (key, path, times) = (command.key ?? "", command.path ?? "", command.count ?? 1)
    async let turns = library.count(key, of: id, in: path, times: times, with: repository)
    async let others = crowd(on: id, of: repository)
    _ = try await others
    return Answer(number: try await turns)
  }
}
