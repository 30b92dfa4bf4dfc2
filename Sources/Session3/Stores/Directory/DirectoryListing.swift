// SPDX-License-Identifier: MIT
internal import CSession3System

/// The names in a directory, one after another; getdents64(2).
///
/// Each listing opens the directory anew: a position that two listings shared would make both miss
/// names.
final class DirectoryListing {
  private let directory: FileDescriptor
  private let memory: ByteBuffer
  private var filled = 0
  private var position = 0
  private var isOver = false

  /// About 5,000 names at a time: on tmpfs a name that is renamed over, as a growing session's is,
  /// moves among those that are not read yet, and one reading is atomic.
  private static let capacity = 262_144

  private init(_ directory: consuming FileDescriptor, _ memory: ByteBuffer) {
    self.directory = directory
    self.memory = memory
  }

  /// Starts a listing. `isInFlight`: whether it lives no longer than one call.
  static func make(of directory: CInt, isInFlight: Bool) throws(StoreError) -> DirectoryListing {
    let memory = try ByteBuffer.make(capacity: capacity)
    do throws(SystemCallError) {
      return DirectoryListing(
        try FileDescriptor.reopen(directory, isInFlight: isInFlight), memory)
    } catch {
      throw error.storeError
    }
  }

  /// What an entry may be, by its name.
  enum Entry {
    case session(SessionID)
    /// A file that was to become a session's.
    case temporary(UnsafePointer<CChar>)
  }

  /// The next entry that may be the store's; nil after the last. What it borrows ends at the next
  /// call.
  func nextEntry() throws(StoreError) -> Entry? {
    while true {
      var entry = system_directory_entry()
      let next = system_next_entry(memory.start, filled, position, &entry)
      guard next > 0 else {
        guard try fill() else { return nil }
        continue
      }
      position = next
      guard entry.may_be_regular, let name = entry.name else { continue }
      let bytes = UnsafeRawBufferPointer(start: name, count: entry.name_length)
      if let id = SessionID(bytes) { return .session(id) }
      let prefix = TemporaryName.prefix.bytes
      if bytes.count > prefix.count, areEqual(bytes.part(0..<prefix.count), prefix) {
        return .temporary(name)
      }
    }
  }

  /// Reads on.
  /// - Returns: false at the end of the directory.
  private func fill() throws(StoreError) -> Bool {
    guard !isOver else { return false }
    let result = system_read_directory(directory.raw, memory.start, Self.capacity)
    position = 0
    filled = 0
    // Also after a failure, so that a caller who goes on comes to an end.
    isOver = result <= 0
    // A directory that was removed has no names left.
    if result == -Int64(ENOENT) { return false }
    guard result >= 0 else {
      throw StoreError(call: "getdents64", errno: CInt(truncatingIfNeeded: -result))
    }
    filled = Int(result)
    return result > 0
  }
}

extension DirectoryListing: SessionIDSequence {
  func next() throws(StoreError) -> SessionID? {
    while let entry = try nextEntry() {
      if case .session(let id) = entry { return id }
    }
    return nil
  }
}
