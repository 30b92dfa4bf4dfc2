// SPDX-License-Identifier: MIT
internal import CSession3System
internal import Synchronization

/// A block of memory that is kept for the next who needs one for a moment. malloc(3) keeps small ones
/// itself; one of a file's size costs it several hundred instructions.
///
/// From any thread at the same time; who comes while the block is lent gets one of his own.
struct SpareMemory: ~Copyable, @unchecked Sendable {
  private let size: Int
  private let kept = Atomic<UnsafeMutableRawPointer?>(nil)

  init(size: Int) {
    self.size = size
  }

  deinit { system_free(kept.load(ordering: .acquiring)) }

  /// Lends `count` bytes, whatever is in them.
  /// - Throws: `.noMemory`, and what `body` throws.
  func withBytes<Result>(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    guard count <= size else {
      guard let memory = system_allocate(count) else { throw .noMemory }
      defer { system_free(memory) }
      return try body(UnsafeMutableRawBufferPointer(start: memory, count: count))
    }
    guard let memory = kept.exchange(nil, ordering: .acquiring) ?? system_allocate(size) else {
      throw .noMemory
    }
    defer { system_free(kept.exchange(memory, ordering: .acquiringAndReleasing)) }
    return try body(UnsafeMutableRawBufferPointer(start: memory, count: count))
  }
}
