// SPDX-License-Identifier: MIT
internal import CSession3System

/// Growing bytes on the C heap.
///
/// Swift's own arrays end the process when memory runs out; these throw. A buffer is shared by
/// reference, and by convention changed only by who made it, before anybody else has it.
final class ByteBuffer {
  private(set) var start: UnsafeMutableRawPointer
  private(set) var count: Int
  private var capacity: Int

  private init(start: UnsafeMutableRawPointer, capacity: Int) {
    self.start = start
    self.count = 0
    self.capacity = capacity
  }

  deinit { system_free(start) }

  /// An empty buffer with room for `capacity` bytes.
  static func make(capacity: Int) throws(StoreError) -> ByteBuffer {
    guard capacity >= 0, let start = system_allocate(capacity) else { throw .noMemory }
    return ByteBuffer(start: start, capacity: capacity)
  }

  /// A buffer that holds a copy of `bytes`, with room for `spare` more.
  static func make(
    copying bytes: UnsafeRawBufferPointer, spare: Int = 0
  ) throws(StoreError) -> ByteBuffer {
    let buffer = try make(capacity: bytes.count &+ spare)
    buffer.appendReserved(bytes)
    return buffer
  }

  /// A view of the bytes, until the next change.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  /// Whether bytes begin within the buffer, and would move with it.
  func holds(_ other: UnsafeRawBufferPointer) -> Bool {
    guard let address = other.baseAddress else { return false }
    return address >= UnsafeRawPointer(start) && address < UnsafeRawPointer(start) + capacity
  }

  /// Makes room for `additional` more bytes.
  @inline(__always)
  func reserve(_ additional: Int) throws(StoreError) {
    guard additional > capacity &- count else { return }
    try grow(additional)
  }

  @inline(never)
  private func grow(_ additional: Int) throws(StoreError) {
    let (needed, overflow) = count.addingReportingOverflow(additional)
    guard !overflow else { throw .noMemory }
    let roomy = max(needed, capacity <= Int.max / 2 ? capacity * 2 : needed)
    guard let moved = system_reallocate(start, roomy) else { throw .noMemory }
    start = moved
    capacity = roomy
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    try reserve(bytes.count)
    appendReserved(bytes)
  }

  func append(zeros count: Int) throws(StoreError) {
    guard count >= 0 else { throw .noMemory }
    try reserve(count)
    (start + self.count).initializeMemory(as: UInt8.self, repeating: 0, count: count)
    self.count += count
  }

  /// Resizes the gap at `range` to `size` bytes, which are the caller's to write.
  func resize(_ range: Range<Int>, to size: Int) throws(StoreError) {
    let growth = size - range.count
    if growth > 0 { try reserve(growth) }
    let tail = count - range.upperBound
    if growth != 0, tail > 0 {
      memmove(start + range.lowerBound + size, start + range.upperBound, tail)
    }
    count += growth
  }

  /// Replaces the bytes at `range`.
  func replace(_ range: Range<Int>, with bytes: UnsafeRawBufferPointer) throws(StoreError) {
    try resize(range, to: bytes.count)
    if let source = bytes.baseAddress, bytes.count > 0 {
      memcpy(start + range.lowerBound, source, bytes.count)
    }
  }

  /// Writes over bytes that begin at `offset`.
  @inline(__always)
  func overwrite(_ offset: Int, with bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, offset >= 0, bytes.count <= count &- offset else {
      return
    }
    memcpy(start + offset, source, bytes.count)
  }

  @inline(__always)
  func overwrite(_ offset: Int, with byte: UInt8) {
    guard offset >= 0, offset < count else { return }
    start.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
  }

  /// Forgets all bytes from `count` on.
  func truncate(to count: Int) {
    self.count = min(self.count, max(0, count))
  }

  /// Appends one byte, big-endian numbers: MessagePack's parts.
  func append(byte: UInt8) throws(StoreError) {
    try reserve(1)
    start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  func append<Number: FixedWidthInteger & BitwiseCopyable>(
    bigEndian number: Number
  ) throws(StoreError) {
    let size = MemoryLayout<Number>.size
    try reserve(size)
    start.storeBytes(of: number.bigEndian, toByteOffset: count, as: Number.self)
    count += size
  }

  private func appendReserved(_ bytes: UnsafeRawBufferPointer) {
    if let source = bytes.baseAddress, bytes.count > 0 {
      memcpy(start + count, source, bytes.count)
    }
    count += bytes.count
  }
}

/// Keeps an object until here, past the last use of bytes that were borrowed from it: the compiler
/// counts uses of the object, not of a pointer into it.
@inline(__always)
func keepAlive(_ object: AnyObject?) {
  withExtendedLifetime(object) {}
}

/// Whether two runs of bytes are the same.
func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
  guard left.count == right.count else { return false }
  guard left.count > 0, let a = left.baseAddress, let b = right.baseAddress else { return true }
  return memcmp(a, b, left.count) == 0
}

/// How many bytes three runs have in common from their beginning. It looks no further than where the
/// first of them differs: who goes on from there again and again has looked at each byte but once.
func equalCount(
  _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer, _ third: UnsafeRawBufferPointer
) -> Int {
  let most = min(one.count, other.count, third.count)
  var count = 0
  while count &+ 8 <= most {
    let word = one.loadUnaligned(fromByteOffset: count, as: UInt64.self)
    let difference =
      (word ^ other.loadUnaligned(fromByteOffset: count, as: UInt64.self))
      | (word ^ third.loadUnaligned(fromByteOffset: count, as: UInt64.self))
    guard difference == 0 else { return count &+ difference.littleEndian.trailingZeroBitCount / 8 }
    count &+= 8
  }
  while count < most, one[count] == other[count], one[count] == third[count] { count &+= 1 }
  return count
}

/// Whether two values are the same, or neither is there.
func areEqual(_ left: UnsafeRawBufferPointer?, _ right: UnsafeRawBufferPointer?) -> Bool {
  switch (left, right) {
  case (nil, nil): true
  case (let left?, let right?): areEqual(left, right)
  default: false
  }
}

/// Whether two secrets are the same, in a time that depends on their lengths alone.
func areEqualInConstantTime(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer)
  -> Bool
{
  guard left.count == right.count else { return false }
  var difference: UInt8 = 0
  for index in 0..<left.count { difference |= left[index] ^ right[index] }
  return difference == 0
}

/// The order of keys: by their bytes, a prefix first. Negative, 0 or positive.
func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
  let shared = min(left.count, right.count)
  if shared > 0, let a = left.baseAddress, let b = right.baseAddress {
    let result = Int(memcmp(a, b, shared))
    if result != 0 { return result }
  }
  return left.count - right.count
}

extension UnsafeRawBufferPointer {
  /// The bytes at `range`, which must lie within.
  func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[range])
  }
}
