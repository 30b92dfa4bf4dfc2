// SPDX-License-Identifier: MIT
internal import CSession3System

/// A descriptor, closed at the end of this value's life.
struct FileDescriptor: ~Copyable {
  let raw: CInt
  private let isInFlight: Bool

  /// Takes over a valid descriptor. Opening is apart, since an initializer that throws would still
  /// run `deinit`, and close a descriptor that is somebody else's.
  ///
  /// `isInFlight`: whether one call opens and closes it; then a child that another thread
  ///   forks meanwhile closes its copy.
  init(adopting raw: CInt, isInFlight: Bool = true) {
    if isInFlight { system_in_flight_add(raw) }
    self.init(noted: raw, isInFlight: isInFlight)
  }

  private init(noted raw: CInt, isInFlight: Bool) {
    self.raw = raw
    self.isInFlight = isInFlight
  }

  deinit {
    // Not repeated after EINTR: on Linux the descriptor is gone, see close(2). Writes were checked
    // by their own results, and a local file system reports nothing more here.
    _ = isInFlight ? system_close_in_flight(raw) : system_close(raw)
  }

  /// openat(2). Nil where there is no such file.
  static func open(
    _ name: UnsafePointer<CChar>, in directory: CInt, flags: Int, mode: UInt32 = 0,
    isInFlight: Bool = true
  ) throws(SystemCallError) -> FileDescriptor? {
    let flags = CInt(truncatingIfNeeded: flags)
    let result = retrying {
      isInFlight
        ? system_open_in_flight(directory, name, flags, mode)
        : system_openat(directory, name, flags, mode)
    }
    if result == -ENOENT { return nil }
    guard result >= 0 else { throw SystemCallError("openat", result) }
    return FileDescriptor(noted: result, isInFlight: isInFlight)
  }

  /// A descriptor of an open directory with a position of its own; openat(2) of ".".
  static func reopen(
    _ directory: CInt, isInFlight: Bool = true
  ) throws(SystemCallError) -> FileDescriptor {
    let dot: StaticString = "."
    guard
      let opened = try open(
        dot.cString, in: directory, flags: SYSTEM_OPEN_DIRECTORY, isInFlight: isInFlight)
    else { throw SystemCallError("openat", -ENOENT) }
    return opened
  }

  /// fstat(2).
  func status() throws(SystemCallError) -> system_file_status {
    var status = system_file_status()
    let result = system_fstat(raw, &status)
    guard result == 0 else { throw SystemCallError("fstat", result) }
    return status
  }

  /// Reads from `offset` until the memory is full or the file ends; pread(2).
  /// - Returns: how many bytes were read.
  func read(
    into memory: UnsafeMutableRawBufferPointer, at offset: Int64 = 0
  ) throws(SystemCallError) -> Int {
    guard let start = memory.baseAddress else { return 0 }
    var done = 0
    while done < memory.count {
      let result = system_pread(raw, start + done, memory.count - done, offset &+ Int64(done))
      if result == -Int64(EINTR) { continue }
      guard result >= 0 else { throw SystemCallError("pread", CInt(truncatingIfNeeded: result)) }
      if result == 0 { break }
      done += Int(result)
    }
    return done
  }

  /// Writes all bytes at `offset`; pwrite(2).
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(SystemCallError) {
    guard let start = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let result = system_pwrite(raw, start + done, bytes.count - done, offset &+ Int64(done))
      if result == -Int64(EINTR) { continue }
      guard result >= 0 else { throw SystemCallError("pwrite", CInt(truncatingIfNeeded: result)) }
      // pwrite(2) answers 0 for no bytes only; a kernel that does otherwise must not make us spin.
      guard result > 0 else { throw SystemCallError("pwrite", -EIO) }
      done += Int(result)
    }
  }

  /// fdatasync(2).
  func synchronizeData() throws(SystemCallError) {
    try check("fdatasync", retrying { system_fdatasync(raw) })
  }

  /// fsync(2): of a directory, its names.
  func synchronize() throws(SystemCallError) {
    try check("fsync", retrying { system_fsync(raw) })
  }

  /// fchmod(2).
  func setMode(_ mode: UInt32) throws(SystemCallError) {
    try check("fchmod", retrying { system_fchmod(raw, mode) })
  }

  /// futimens(2), the time of last reading left alone.
  func setModified(_ time: Int64) throws(SystemCallError) {
    try check("futimens", retrying { system_futimens(raw, time) })
  }
}

/// A system call's failure, before it is known what it means to a store.
struct SystemCallError: Error {
  let call: StaticString
  /// Positive, errno(3).
  let errno: CInt

  init(_ call: StaticString, _ result: CInt) {
    self.call = call
    self.errno = -result
  }

  var storeError: StoreError { StoreError(call: call, errno: errno) }
}

/// Repeats a system call that a signal interrupted.
func retrying(_ call: () -> CInt) -> CInt {
  var result: CInt
  repeat { result = call() } while result == -EINTR
  return result
}

/// Throws where a system call answered a negative errno.
func check(_ call: StaticString, _ result: CInt) throws(SystemCallError) {
  guard result >= 0 else { throw SystemCallError(call, result) }
}
