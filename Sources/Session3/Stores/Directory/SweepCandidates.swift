// SPDX-License-Identifier: MIT
internal import CSession3System

/// Sessions that a sweep took for old, to be deleted in the order of their inodes.
///
/// A directory of ext4 gives names in the order of a hash, and keeps its inodes in the order of their
/// creation, 16 to a block: unlinks by inode go through each block once.
final class SweepCandidates {
  private let entries: ByteBuffer
  /// The ids, each with a NUL behind it.
  private let names: ByteBuffer

  /// What a sweep needs must not grow with the store; so many of the longest ids, doubled as they
  /// come, take 2 MiB.
  private static let limit = 16_000

  private init(entries: ByteBuffer, names: ByteBuffer) {
    self.entries = entries
    self.names = names
  }

  static func make() throws(StoreError) -> SweepCandidates {
    SweepCandidates(
      entries: try ByteBuffer.make(capacity: 1024), names: try ByteBuffer.make(capacity: 1024))
  }

  private static var entrySize: Int { MemoryLayout<system_sorted_entry>.stride }

  private var count: Int { entries.count / Self.entrySize }

  /// Whether they are to be taken out before one more is added.
  var isFull: Bool { count >= Self.limit }

  /// Adds a session; without memory for it they are as they were.
  func add(_ id: SessionID, inode: UInt64) throws(StoreError) {
    try entries.reserve(Self.entrySize)
    try names.reserve(id.count + 1)
    let name = names.count
    try names.append(zeros: id.count + 1)
    id.withBytes { names.overwrite(name, with: $0) }
    let place = entries.count
    try entries.append(zeros: Self.entrySize)
    entries.start.storeBytes(
      of: system_sorted_entry(key: inode, value: UInt64(name)), toByteOffset: place,
      as: system_sorted_entry.self)
  }

  /// Takes them all out, the lowest inode first.
  func takeAll(_ body: (SessionID) -> Void) {
    system_sort(entries.start, count)
    for index in 0..<count {
      let entry = entries.bytes.load(
        fromByteOffset: index * Self.entrySize, as: system_sorted_entry.self)
      let name = names.start + Int(truncatingIfNeeded: entry.value)
      if let id = SessionID(UnsafeRawBufferPointer(start: name, count: strlen(name))) { body(id) }
    }
    entries.truncate(to: 0)
    names.truncate(to: 0)
  }
}
