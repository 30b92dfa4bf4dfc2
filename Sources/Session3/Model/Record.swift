// SPDX-License-Identifier: MIT
internal import CSession3System

/// Which state of a session a record is. Equal versions are equal content.
///
/// The revision alone would not do: a session that was deleted and made again counts from 1 again,
/// and a save that was meant for the first must not reach the second.
public struct RecordVersion: Equatable, Sendable {
  /// Counts the saves, from 1.
  public var revision: UInt64
  /// Random; another one whenever a session begins anew under the same id.
  public var incarnation: UInt64
  /// CRC-32C of id, head and payload.
  public var checksum: UInt32

  /// A version from its parts, for stores that keep these.
  /// - Parameters:
  ///   - revision: counts the saves.
  ///   - incarnation: tells which session of an id it is.
  ///   - checksum: of id, head and payload.
  public init(revision: UInt64, incarnation: UInt64, checksum: UInt32) {
    self.revision = revision
    self.incarnation = incarnation
    self.checksum = checksum
  }
}

/// A session as a store keeps it: a version, two times, and the encoded content.
///
/// What a store was handed must come back to the bit, or it would be another session; the access
/// time alone is the store's to change. A record may be used from any thread.
public struct Record: @unchecked Sendable {
  // A head of 32 bytes, and the payload behind it, in one run of memory, which is also what a slot of
  // a session file holds; little endian, and not changed once it was sealed:
  //
  //     u64 revision | i64 created | u64 incarnation | u32 length | u32 checksum | payload
  //
  static let headSize = 32
  /// The part of the head that the checksum covers.
  private static let checkedHeadSize = 28

  let storage: ByteBuffer
  /// When the session was last in use, in microseconds since 1970 UTC.
  public var accessed: Int64

  /// Takes a buffer whose head was sealed.
  init(sealed storage: ByteBuffer, accessed: Int64) {
    self.storage = storage
    self.accessed = accessed
  }

  /// A buffer with an empty head, and room for a payload behind it.
  static func buffer(payloadCapacity: Int) throws(StoreError) -> ByteBuffer {
    let buffer = try ByteBuffer.make(capacity: headSize &+ payloadCapacity)
    try buffer.append(zeros: headSize)
    return buffer
  }

  /// Fills in the head of a buffer, whose payload is complete.
  static func seal(
    _ storage: ByteBuffer, for id: SessionID, revision: UInt64, created: Int64,
    incarnation: UInt64
  ) {
    var version = RecordVersion(revision: revision, incarnation: incarnation, checksum: 0)
    restore(storage, version, created: created)
    version.checksum = checksum(of: storage.bytes, for: id)
    restore(storage, version, created: created)
  }

  /// Fills in the head of a buffer with a version that was sealed elsewhere.
  static func restore(_ storage: ByteBuffer, _ version: RecordVersion, created: Int64) {
    let start = storage.start
    start.storeBytes(of: version.revision.littleEndian, as: UInt64.self)
    start.storeBytes(of: created.littleEndian, toByteOffset: 8, as: Int64.self)
    start.storeBytes(of: version.incarnation.littleEndian, toByteOffset: 16, as: UInt64.self)
    let length = UInt32(truncatingIfNeeded: storage.count - headSize)
    start.storeBytes(of: length.littleEndian, toByteOffset: 24, as: UInt32.self)
    start.storeBytes(of: version.checksum.littleEndian, toByteOffset: 28, as: UInt32.self)
  }

  /// The checksum that a head and payload should have under an id.
  static func checksum(of record: UnsafeRawBufferPointer, for id: SessionID) -> UInt32 {
    guard let start = record.baseAddress, record.count >= headSize else { return 0 }
    var crc = id.withBytes { system_crc32c(0, $0.baseAddress, $0.count) }
    crc = system_crc32c(crc, start, checkedHeadSize)
    return system_crc32c(crc, start + headSize, record.count - headSize)
  }

  var revision: UInt64 { Self.field(storage.bytes, at: 0) }
  /// When the session was created, in microseconds since 1970 UTC.
  public var created: Int64 { Int64(bitPattern: Self.field(storage.bytes, at: 8)) }
  var incarnation: UInt64 { Self.field(storage.bytes, at: 16) }
  var checksum: UInt32 { Self.field(storage.bytes, at: 28) }

  /// Which state of the session this is.
  public var version: RecordVersion {
    RecordVersion(revision: revision, incarnation: incarnation, checksum: checksum)
  }

  /// The encoded content.
  var payload: UnsafeRawBufferPointer {
    storage.bytes.part(Self.headSize..<storage.count)
  }

  /// A little-endian number of a head.
  static func field<Number: FixedWidthInteger & BitwiseCopyable>(
    _ head: UnsafeRawBufferPointer, at offset: Int
  ) -> Number {
    Number(littleEndian: head.loadUnaligned(fromByteOffset: offset, as: Number.self))
  }
}
