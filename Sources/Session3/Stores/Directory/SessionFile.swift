// SPDX-License-Identifier: MIT
internal import CSession3System

/// The layout of a session file, stored form 1; docs/format.md has all of it.
///
///     sector 0: magic | u16 format | u16 flags | u32 slot size | 12 reserved | u32 CRC-32C
///     slot A at 512, slot B at 512 + slot size: a record each, or zeros
///
/// Of the two slots the one with the higher revision counts. A save writes the other one, so a torn
/// write leaves the newest whole.
enum SessionFile {
  static let format: UInt16 = 1
  static let magic: StaticString = "SESSION3"
  static let sectorSize = 512
  /// Files are multiples of it.
  static let blockSize = 4096
  /// The part of sector 0 that holds anything.
  static let headSize = 32

  /// The size of each slot of a file.
  static func slotSize(ofFile size: Int) -> Int {
    max(0, size - sectorSize) / 2 / sectorSize * sectorSize
  }

  /// The smallest file whose slots hold a record of `count` bytes.
  static func size(forRecord count: Int) -> Int {
    let slot = rounded(count, to: sectorSize)
    return rounded(sectorSize + 2 * slot, to: blockSize)
  }

  /// A whole new file with a record in slot A.
  ///
  /// `head`: of the file in whose place it comes, for its flags and reserved bytes.
  static func image(
    of record: Record, size: Int, succeeding head: UnsafeRawBufferPointer? = nil
  ) throws(StoreError) -> ByteBuffer {
    let image = try ByteBuffer.make(capacity: size)
    if let head {
      try image.append(head.part(0..<sectorSize))
    } else {
      try image.append(magic.bytes)
      try image.append(zeros: sectorSize - magic.bytes.count)
      image.start.storeBytes(of: format.littleEndian, toByteOffset: 8, as: UInt16.self)
    }
    let slotSize = UInt32(truncatingIfNeeded: slotSize(ofFile: size))
    image.start.storeBytes(of: slotSize.littleEndian, toByteOffset: 12, as: UInt32.self)
    let checksum = headChecksum(image.bytes)
    image.start.storeBytes(of: checksum.littleEndian, toByteOffset: 28, as: UInt32.self)
    try image.append(record.storage.bytes)
    try image.append(zeros: size - image.count)
    return image
  }

  /// What the head of a file says of it.
  enum Kind {
    case ours
    /// Not one of our files, or so damaged that nobody can tell.
    case foreign
    /// Ours, with damage in its head.
    case damaged
    /// Of a later version of this library.
    case later
  }

  /// Looks at the first bytes of a file.
  static func kind(of bytes: UnsafeRawBufferPointer) -> Kind {
    guard bytes.count >= headSize, areEqual(bytes.part(0..<8), magic.bytes) else {
      return .foreign
    }
    guard Record.field(bytes, at: 28) == headChecksum(bytes) else { return .damaged }
    let flags: UInt16 = Record.field(bytes, at: 10)
    guard Record.field(bytes, at: 8) == format, flags & 0xff00 == 0 else { return .later }
    return .ours
  }

  private static func headChecksum(_ head: UnsafeRawBufferPointer) -> UInt32 {
    system_crc32c(0, head.baseAddress, 28)
  }

  private static func rounded(_ count: Int, to unit: Int) -> Int {
    (count + unit - 1) / unit * unit
  }
}

/// The two slots of a file's bytes, of which one counts.
struct SessionSlots {
  /// The file's bytes.
  private let bytes: UnsafeRawBufferPointer
  private let slotSize: Int
  /// The slot that counts; nil if none is whole.
  private let newest: Int?
  /// Whether a slot that would count is neither whole nor empty: a writer is busy, or was killed.
  let isTorn: Bool

  /// Parses a whole file.
  /// - Throws: `.corrupt`, `.format`.
  init(_ bytes: UnsafeRawBufferPointer, of id: SessionID) throws(StoreError) {
    switch SessionFile.kind(of: bytes) {
    case .foreign: throw StoreError(.corrupt, "the file is not a session")
    case .damaged: throw StoreError(.corrupt, "the head of the session file is damaged")
    case .later: throw StoreError(.format, "the session is of a later version of the library")
    case .ours: break
    }
    slotSize = SessionFile.slotSize(ofFile: bytes.count)
    guard bytes.count % SessionFile.blockSize == 0,
      UInt32(exactly: slotSize) == Record.field(bytes, at: 12)
    else { throw StoreError(.corrupt, "the session file has a wrong size") }
    self.bytes = bytes
    let slots = (
      bytes.part(Self.range(0, slotSize)), bytes.part(Self.range(1, slotSize))
    )
    let revisions = (Self.revision(of: slots.0), Self.revision(of: slots.1))
    let likely = revisions.0 >= revisions.1 ? 0 : 1
    let state = Self.state(of: likely == 0 ? slots.0 : slots.1, id)
    // Beside a whole slot one of the revision before counts for nothing, be it whole or not: a writer
    // whose number is not in it yet has not returned. So its checksum need not be computed. Any other
    // number may be one that was read amid its writing.
    let lower = min(revisions.0, revisions.1)
    guard state != .whole || lower &+ 1 != max(revisions.0, revisions.1) else {
      newest = likely
      isTorn = false
      return
    }
    let other = Self.state(of: likely == 0 ? slots.1 : slots.0, id)
    newest = state == .whole ? likely : other == .whole ? 1 - likely : nil
    isTorn = state == .torn || other == .torn
  }

  private enum State {
    case empty
    case torn
    case whole
  }

  /// The revision that a slot's head tells, whether or not it is whole.
  private static func revision(of slot: UnsafeRawBufferPointer) -> UInt64 {
    slot.count >= Record.headSize ? Record.field(slot, at: 0) : 0
  }

  private static func range(_ slot: Int, _ size: Int) -> Range<Int> {
    let start = SessionFile.sectorSize + slot * size
    return start..<(start + size)
  }

  private static func state(of slot: UnsafeRawBufferPointer, _ id: SessionID) -> State {
    guard slot.count >= Record.headSize else { return .torn }
    if revision(of: slot) == 0 {
      let isEmpty = slot[0..<Record.headSize].allSatisfy { $0 == 0 }
      return isEmpty ? .empty : .torn
    }
    guard let record = recordBytes(of: slot),
      Record.checksum(of: record, for: id) == Record.field(slot, at: 28)
    else { return .torn }
    return .whole
  }

  /// Head and payload of a slot; nil if the payload would not fit into it.
  private static func recordBytes(of slot: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    let length: UInt32 = Record.field(slot, at: 24)
    guard Int(length) <= slot.count - Record.headSize else { return nil }
    return slot.part(0..<(Record.headSize + Int(length)))
  }

  /// The revision that counts; nil if no slot is whole.
  var revision: UInt64? { record.map { Record.field($0, at: 0) } }

  /// Head and payload of the record that counts; nil if no slot is whole.
  var record: UnsafeRawBufferPointer? {
    newest.flatMap { Self.recordBytes(of: bytes.part(Self.range($0, slotSize))) }
  }

  /// The version that counts; nil if no slot is whole.
  var version: RecordVersion? {
    record.map {
      RecordVersion(
        revision: Record.field($0, at: 0), incarnation: Record.field($0, at: 16),
        checksum: Record.field($0, at: 28))
    }
  }

  /// Where in the file the next record goes, if it fits into a slot: the slot that does not count.
  func offset(forRecord count: Int) -> Int64? {
    guard count <= slotSize else { return nil }
    return Int64(Self.range(newest == 0 ? 1 : 0, slotSize).lowerBound)
  }
}
