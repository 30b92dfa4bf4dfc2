// SPDX-License-Identifier: MIT
internal import CSession3System

/// A name for a file that is not a session yet. What has the name at the end of its use is removed;
/// a sweep clears away what a killed process left.
struct TemporaryName: ~Copyable {
  static let prefix: StaticString = ".grow-"
  private let directory: CInt
  private var storage = InlineArray<32, UInt8>(repeating: 0)
  private var isMoved = false

  /// `directory`: stays open for as long as the name is in use.
  init(in directory: CInt) throws(StoreError) {
    self.directory = directory
    let token = try Randomness.token()
    let prefix = Self.prefix.bytes
    for index in 0..<prefix.count { storage[index] = prefix[index] }
    for index in token.indices { storage[prefix.count + index] = token[index] }
  }

  deinit {
    guard !isMoved else { return }
    let directory = directory
    withCString { _ = system_unlinkat(directory, $0) }
  }

  /// Lends the name as a C string.
  func withCString<Failure>(
    _ body: (UnsafePointer<CChar>) throws(Failure) -> Void
  ) throws(Failure) {
    try withUnsafePointer(to: storage) { (pointer) throws(Failure) in
      try pointer.withMemoryRebound(to: CChar.self, capacity: 32) { (name) throws(Failure) in
        try body(name)
      }
    }
  }

  /// Gives the file a session's name.
  ///
  /// `call`: of rename(2)'s kind.
  ///
  /// - Returns: 0, or a negative `errno`.
  mutating func move(
    to id: SessionID, _ call: (CInt, UnsafePointer<CChar>, UnsafePointer<CChar>) -> CInt
  ) -> CInt {
    var result: CInt = 0
    withCString { name in
      result = id.withCString { call(directory, name, $0) }
    }
    isMoved = result == 0
    return result
  }
}
