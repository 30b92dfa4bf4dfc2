// SPDX-License-Identifier: MIT
// A Swift program with the full runtime that links libsession3.a. The archive holds Embedded
// Swift's own swift_retain, swift_allocObject and so on; were one of them visible, this program's
// objects would be counted by rules that are not theirs, and it would crash.
import CSession3
import Foundation

/// A failed expectation: what was called, and what it answered.
struct Failure: Error {
  let call: String
  let status: session3_status
}

func expect(_ call: String, _ status: session3_status, is expected: session3_status = 0) throws {
  guard status == expected else { throw Failure(call: call, status: status) }
}

/// A handle of the library, counted by the host's runtime.
final class Store {
  let handle: OpaquePointer

  init(directory: String) throws {
    var opened: OpaquePointer?
    try expect(
      "open", session3_store_open_directory(directory, directory.utf8.count, nil, &opened, nil))
    guard let opened else { throw Failure(call: "open answered no store", status: 0) }
    handle = opened
  }

  deinit { session3_store_free(handle) }

  func save(id: String, attributes: [String: String]) throws {
    var session: OpaquePointer?
    try expect("new", session3_session_new(id, id.utf8.count, &session, nil))
    defer { session3_session_free(session) }
    for (key, value) in attributes {
      try expect(
        "set",
        session3_session_set_text(
          session, key, key.utf8.count, value, value.utf8.count, nil))
    }
    try expect("save", session3_store_save(handle, session, 0, nil))
  }

  func load(id: String, keys: [String]) throws -> [String: String] {
    var session: OpaquePointer?
    try expect("load", session3_store_load(handle, id, id.utf8.count, &session, nil))
    defer { session3_session_free(session) }
    var attributes: [String: String] = [:]
    for key in keys {
      var text: UnsafePointer<CChar>?
      var length = 0
      try expect(
        "get", session3_session_get_text(session, key, key.utf8.count, &text, &length, nil))
      let bytes = UnsafeRawBufferPointer(start: text, count: length)
      attributes[key] = String(decoding: bytes, as: UTF8.self)
    }
    return attributes
  }
}

/// The host's own machinery at work between the calls: classes in a tree, existentials, casts,
/// strings as keys, closures.
class Node {
  weak var parent: Node?
  var children: [String: Node] = [:]
  let name: String

  init(name: String) { self.name = name }

  func add(_ child: Node) {
    child.parent = self
    children[child.name.uppercased()] = child
  }
}

final class Leaf: Node {}

func growTree(depth: Int) -> Node {
  let node = depth == 0 ? Leaf(name: "blätter") : Node(name: "ast \(depth)")
  if depth > 0 {
    for _ in 0..<2 { node.add(growTree(depth: depth - 1)) }
  }
  return node
}

func countLeaves(_ any: Any) -> Int {
  if any is Leaf { return 1 }
  guard let node = any as? Node else { return 0 }
  return node.children.values.map { countLeaves($0) }.reduce(0, +)
}

func work(_ store: Store, worker: Int) throws {
  for round in 0..<200 {
    let tree = growTree(depth: 4)
    let written = [
      "wörker": "number \(worker)", "round": String(round), "leaves": "\(countLeaves(tree))",
    ]
    try store.save(id: "swift-\(worker)", attributes: written)
    let read = try store.load(id: "swift-\(worker)", keys: written.keys.sorted())
    guard read == written, tree.children.values.allSatisfy({ $0.parent === tree }) else {
      throw Failure(call: "worker \(worker) read \(read) for \(written)", status: 0)
    }
  }
}

@main
struct SwiftHost {
  static func main() async throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("session3-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }

    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask { try work(Store(directory: directory), worker: worker) }
      }
      try await group.waitForAll()
    }
    print("4 tasks saved and loaded 200 times each beside a Swift runtime")
  }
}
