// SPDX-License-Identifier: MIT
// A Swift host that does what a test tells it: each line of standard input is a command in JSON, and
// is answered by a line, {"ok": ...} or {"error": ...}.
import Foundation
import Session3

@main
struct Worker {
  static func main() async throws {
    let host = Host()
    let decoder = JSONDecoder()
    let encoder = JSONEncoder()
    while let line = readLine() {
      let command = try decoder.decode(Command.self, from: Data(line.utf8))
      let reply: Reply
      do {
        reply = .ok(try await host.perform(command))
      } catch let error as StoreError {
        reply = .error(Failure(error))
      }
      let answer = try encoder.encode(reply)
      FileHandle.standardOutput.write(answer + Data("\n".utf8))
    }
  }
}

/// What a test says.
struct Command: Decodable {
  /// What to do; the other fields are its arguments.
  var verb: String
  var store: String?
  var path: String?
  var id: String?
  var key: String?
  var text: String?
  var value: Value?
  var flag: Bool?
  var number: Int64?
  var count: Int?
}

/// What a test is told.
enum Reply: Encodable {
  case ok(Answer)
  case error(Failure)

  private enum CodingKeys: String, CodingKey {
    case ok, error
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .ok(let answer): try container.encode(answer, forKey: .ok)
    case .error(let failure): try container.encode(failure, forKey: .error)
    }
  }
}

/// What a verb answers; a field that it says nothing of is left out.
struct Answer: Encodable {
  var id: String?
  var user: Value?
  var attributes: [Value.Member]?
  var isPersistent: Bool?
  var authenticated: Int64?
  var created: Int64?
  var accessed: Int64?
  var text: String?
  var flag: Bool?
  var number: Int64?
  var texts: [String]?
  var numbers: [String: UInt64]?
}

/// A `StoreError`, as a test looks at it.
struct Failure: Encodable {
  var code: String
  var status: Int32
  var systemErrno: Int32
  var operation: String?
  var attribute: String?
  var text: String

  init(_ error: StoreError) {
    code = Self.name(of: error.code)
    status = error.status
    systemErrno = error.systemErrno
    operation = error.operation
    attribute = error.attribute
    text = error.description
  }

  /// As a host tells them apart, which must reckon with codes of later versions.
  private static func name(of code: StoreError.Code?) -> String {
    switch code {
    case .corrupt, .format: "unreadable"
    case .busy: "busy"
    case .gone: "gone"
    case .conflict: "conflict"
    case .io: "io"
    case .some(let other): "\(other)"
    case nil: "of the store's own"
    @unknown default: "of a later version"
    }
  }
}
