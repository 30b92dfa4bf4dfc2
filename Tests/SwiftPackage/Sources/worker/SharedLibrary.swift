// SPDX-License-Identifier: MIT
import Glibc
import Session3

/// libsession3.so, loaded into this process beside the package's own copy of the sources: in Embedded
/// Swift, with a runtime of its own.
struct SharedLibrary: Sendable {
  private typealias Handle = OpaquePointer
  private typealias Open =
    @convention(c) @Sendable (
      UnsafePointer<CChar>, Int, UnsafeRawPointer?, UnsafeMutablePointer<Handle?>,
      UnsafeMutableRawPointer?
    ) -> Int32
  private typealias Increment =
    @convention(c) @Sendable (
      Handle, UnsafePointer<CChar>, Int, UnsafePointer<CChar>, Int, Int64,
      UnsafeMutablePointer<Int64>, UnsafeMutableRawPointer?
    ) -> Int32
  private typealias Free = @convention(c) @Sendable (Handle?) -> Void

  private let open: Open
  private let increment: Increment
  private let free: Free

  /// Loads the library; its names are for nobody else.
  init?(_ path: String) {
    guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL),
      let open = dlsym(library, "session3_store_open_directory"),
      let increment = dlsym(library, "session3_store_increment"),
      let free = dlsym(library, "session3_store_free")
    else { return nil }
    self.open = unsafeBitCast(open, to: Open.self)
    self.increment = unsafeBitCast(increment, to: Increment.self)
    self.free = unsafeBitCast(free, to: Free.self)
  }

  /// Counts in turns with the package: each finds what the other stored.
  /// - Returns: the last value; nil where the library failed.
  func count(
    _ key: String, of id: SessionID, in directory: String, times: Int,
    with repository: SessionRepository
  ) throws(StoreError) -> Int64? {
    var store: Handle?
    let opened = open(directory, directory.utf8.count, nil, &store, nil)
    guard opened == 0, let store else { return nil }
    defer { free(store) }
    var value: Int64 = 0
    for _ in 0..<times {
      let status = increment(
        store, id.text, id.count, key, key.utf8.count, 1, &value, nil)
      guard status == 0 else { return nil }
      value = try repository.increment(id, key)
    }
    return value
  }
}
