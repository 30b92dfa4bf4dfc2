// SPDX-License-Identifier: MIT
internal import CSession3
internal import CSession3System

extension session3_buffer {
  /// Replaces what the buffer holds by a copy.
  mutating func assign(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    guard let copy = system_allocate(bytes.count &+ 1) else { throw .noMemory }
    if let source = bytes.baseAddress, bytes.count > 0 { memcpy(copy, source, bytes.count) }
    copy.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
    dispose()
    data = copy
    length = bytes.count
  }

  /// Releases what the buffer holds.
  mutating func dispose() {
    system_free(data)
    data = nil
    length = 0
  }
}
