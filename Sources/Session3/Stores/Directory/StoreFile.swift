// SPDX-License-Identifier: MIT
internal import CSession3System

/// The store's own file `.session3`, which makes all hosts of a directory agree: stored form, sync
/// mode, and the salt of short hashes.
///
///     magic | u16 format | u16 flags | u32 sync mode | 16 salt | 28 reserved | u32 CRC-32C
struct StoreFile {
  static let name: StaticString = ".session3"
  static let size = 64

  /// What a returned save survives.
  let sync: SyncMode
  /// The key of short hashes.
  let salt: (UInt64, UInt64)

  /// A new one.
  static func make(sync: SyncMode) throws(StoreError) -> StoreFile {
    StoreFile(sync: sync, salt: try Randomness.salt())
  }

  /// Reads the file of a directory.
  /// - Returns: nil if there is none.
  static func read(in directory: borrowing FileDescriptor) throws(StoreError) -> StoreFile? {
    let bytes = try ByteBuffer.make(capacity: size)
    try bytes.append(zeros: size)
    let count: Int
    do throws(SystemCallError) {
      guard
        let file = try FileDescriptor.open(
          name.cString, in: directory.raw, flags: SYSTEM_OPEN_READ)
      else { return nil }
      guard try file.status().is_regular else {
        throw SystemCallError("open .session3", -ENOTSUP)
      }
      count = try file.read(into: UnsafeMutableRawBufferPointer(start: bytes.start, count: size))
    } catch {
      throw error.storeError
    }
    defer { keepAlive(bytes) }
    return try parse(bytes.bytes.part(0..<count))
  }

  private static func parse(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> StoreFile {
    guard bytes.count == size, areEqual(bytes.part(0..<8), SessionFile.magic.bytes),
      Record.field(bytes, at: 60) == checksum(bytes)
    else { throw StoreError(.corrupt, "the store's own file .session3 is damaged") }
    let flags: UInt16 = Record.field(bytes, at: 10)
    guard Record.field(bytes, at: 8) == SessionFile.format, flags & 0xff00 == 0,
      let sync = SyncMode(rawValue: Record.field(bytes, at: 12))
    else { throw StoreError(.format, "the store is of a later version of the library") }
    return StoreFile(sync: sync, salt: (Record.field(bytes, at: 16), Record.field(bytes, at: 24)))
  }

  /// Puts the file into a directory that has none. Of several who do so at once, one succeeds.
  ///
  /// `mode`: the permissions of the file.
  func write(
    in directory: borrowing FileDescriptor, mode: UInt32
  ) throws(StoreError) {
    let bytes = try encoded()
    let temporary = try TemporaryName(in: directory.raw)
    do throws(SystemCallError) {
      try temporary.withCString { (temporaryName) throws(SystemCallError) in
        guard
          let file = try FileDescriptor.open(
            temporaryName, in: directory.raw, flags: SYSTEM_OPEN_CREATE, mode: mode)
        else { throw SystemCallError("openat", -ENOENT) }
        try file.setMode(mode)
        try file.write(bytes.bytes, at: 0)
        // In every mode, once in a store's life: without this file nobody can open the store.
        try file.synchronizeData()
        try Self.publish(temporaryName, in: directory)
        try directory.synchronize()
      }
    } catch {
      throw error.storeError
    }
    keepAlive(bytes)
  }

  /// Gives the file its name, unless somebody else's has it.
  private static func publish(
    _ temporary: UnsafePointer<CChar>, in directory: borrowing FileDescriptor
  ) throws(SystemCallError) {
    let result = system_linkat(directory.raw, temporary, name.cString)
    if result == -EPERM || result == -EOPNOTSUPP {
      // A file system without hard links, where the last of several wins.
      return try check("renameat", system_renameat(directory.raw, temporary, name.cString))
    }
    if result != -EEXIST { try check("linkat", result) }
  }

  private func encoded() throws(StoreError) -> ByteBuffer {
    let buffer = try ByteBuffer.make(capacity: Self.size)
    try buffer.append(SessionFile.magic.bytes)
    try buffer.append(zeros: Self.size - 8)
    let start = buffer.start
    start.storeBytes(of: SessionFile.format.littleEndian, toByteOffset: 8, as: UInt16.self)
    start.storeBytes(of: sync.rawValue.littleEndian, toByteOffset: 12, as: UInt32.self)
    start.storeBytes(of: salt.0.littleEndian, toByteOffset: 16, as: UInt64.self)
    start.storeBytes(of: salt.1.littleEndian, toByteOffset: 24, as: UInt64.self)
    let checksum = Self.checksum(buffer.bytes)
    start.storeBytes(of: checksum.littleEndian, toByteOffset: 60, as: UInt32.self)
    return buffer
  }

  private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    system_crc32c(0, bytes.baseAddress, 60)
  }
}

extension StaticString {
  /// The text with the NUL that the compiler puts behind it.
  var cString: UnsafePointer<CChar> {
    UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}
