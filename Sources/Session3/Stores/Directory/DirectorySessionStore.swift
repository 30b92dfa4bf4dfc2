// SPDX-License-Identifier: MIT
internal import CSession3System

/// Sessions as files of a directory, shared live by every process that opens it.
///
/// Each verb is a fixed handful of system calls. Locks are taken and released within one verb; a
/// reader takes none.
public final class DirectorySessionStore: SessionStore, Sendable {
  public let isMultiprocessSafe = true
  public let isThreadSafe = true
  /// How the store was opened.
  public let options: Options
  /// What a returned save survives: a property of the directory.
  public let sync: SyncMode
  /// The directory as it was named.
  public let path: String
  public let monitor: StoreMonitor

  let directory: CInt
  private let salt: (UInt64, UInt64)

  /// How to open a directory.
  public struct Options: Sendable {
    /// Whether to create the directory, not its parents, if it is missing.
    public var create = false
    /// Whether to open a directory on NFS, SMB or FUSE, whose locks were not proven.
    public var allowNetwork = false
    /// Whether to open a directory that anybody may write to, and so plant sessions in.
    public var allowWorldWritable = false
    /// Permissions of session files, whatever the umask.
    public var fileMode: UInt32 = 0o600
    /// Permissions of a directory that is created, whatever the umask.
    public var directoryMode: UInt32 = 0o700
    /// Refused if the directory was set up with another; nil for what it was set up with, or for
    /// `.off` where it is new.
    public var sync: SyncMode?
    /// How long a verb waits for a lock, in microseconds; negative: not at all.
    var lockPatience: Int64 = 5_000_000
    /// The largest payload in bytes, at most 1 GiB.
    public var maximumPayload = 1 << 20
    /// Where the time comes from.
    public var clock = StoreClock.system
    /// Where messages go; nil for nowhere.
    public var log: StoreLog?

    /// A directory that is there, of this user alone, on a local file system, without sync.
    public init() {}
  }

  /// Opens a directory, and puts the store's own file there if it has none.
  /// - Parameters:
  ///   - path: of the directory, absolute or from the working directory.
  ///   - options: how to open it.
  /// - Returns: the store, which closes when the last user is gone.
  /// - Throws: `.io` with ENOENT, ENOTDIR, EACCES and so on; `.invalid` for options out of range or
  ///   another sync mode; `.corrupt` and `.format` for the store's own file; `.unsupported`;
  ///   `.insecure`.
  public static func open(
    _ path: String, options: Options = Options()
  ) throws(StoreError) -> DirectorySessionStore {
    let bytes = try ByteBuffer.make(capacity: path.utf8.count)
    for byte in path.utf8 { try bytes.append(byte: byte) }
    defer { keepAlive(bytes) }
    return try open(path: bytes.bytes, options: options)
  }

  /// Opens a directory whose path need not be UTF-8.
  static func open(
    path: UnsafeRawBufferPointer, options: Options
  ) throws(StoreError) -> DirectorySessionStore {
    let shown = String(decoding: path, as: UTF8.self)
    do throws(StoreError) {
      let (directory, file) = try Self.open(path, shown, options)
      return DirectorySessionStore(
        path: shown, directory: directory, file: file, options: options)
    } catch {
      let failure = error.during("open", at: shown)
      StoreMonitor(log: options.log).note(failure)
      throw failure
    }
  }

  private init(path: String, directory: CInt, file: StoreFile, options: Options) {
    self.path = path
    self.directory = directory
    self.sync = file.sync
    self.salt = file.salt
    self.options = options
    monitor = StoreMonitor(log: options.log)
  }

  deinit { _ = system_close(directory) }

  public var clock: StoreClock { options.clock }
  public var maximumPayload: Int { options.maximumPayload }

  // MARK: Verbs without a lock

  public func has(_ id: SessionID) throws(StoreError) -> Bool {
    var status = system_file_status()
    let result = id.withCString { system_fstatat(directory, $0, &status) }
    if result == -ENOENT { return false }
    guard result == 0 else { throw StoreError(call: "fstatat", errno: -result) }
    return status.is_regular && status.size > 0
  }

  public func touch(_ id: SessionID, at time: Int64?) throws(StoreError) -> Bool {
    let time = time ?? (clock.isInjected ? clock.now() : nil)
    let result = id.withCString { name in
      if let time { system_touch_at(directory, name, time) } else { system_touch(directory, name) }
    }
    if result == -ENOENT { return false }
    guard result == 0 else { throw StoreError(call: "utimensat", errno: -result) }
    return true
  }

  public func setup() throws(StoreError) {
    let directory = try reopenDirectory()
    let result = system_disable_copy_on_write(directory.raw)
    guard result == 0 else { throw StoreError(call: "ioctl", errno: -result) }
    if try StoreFile.read(in: directory) == nil {
      try StoreFile(sync: sync, salt: salt).write(in: directory, mode: options.fileMode)
    }
  }

  public func ids() throws(StoreError) -> any SessionIDSequence {
    try DirectoryListing.make(of: directory, isInFlight: false)
  }

  // MARK: Names for logs

  public func place(of id: SessionID?) -> String {
    guard let id else { return path }
    return path + ", session " + id.withBytes { hexadecimal(shortHash($0), digits: 12) }
  }

  public func shortHash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    SipHash.hash(bytes, key: salt) >> 16
  }

  // MARK: Opening

  private func reopenDirectory() throws(StoreError) -> FileDescriptor {
    do throws(SystemCallError) { return try FileDescriptor.reopen(directory) } catch {
      throw error.storeError
    }
  }

  private static func open(
    _ path: UnsafeRawBufferPointer, _ shown: String, _ options: Options
  ) throws(StoreError) -> (CInt, StoreFile) {
    try check(options)
    let name = try cString(path)
    defer { keepAlive(name) }
    let descriptor = try openOrCreate(name.start.assumingMemoryBound(to: CChar.self), options)
    let isNetwork = system_is_network(descriptor.raw)
    guard isNetwork >= 0 else { throw StoreError(call: "fstatfs", errno: -isNetwork) }
    guard isNetwork == 0 || options.allowNetwork else {
      throw StoreError(.unsupported, "the directory is on a network file system")
    }
    try checkWriters(of: descriptor, shown, options)
    let file = try openStoreFile(in: descriptor, options)
    // The store's own descriptor lives on past this call.
    let kept = retrying { system_openat(descriptor.raw, ".", CInt(SYSTEM_OPEN_DIRECTORY), 0) }
    guard kept >= 0 else { throw StoreError(call: "openat", errno: -kept) }
    return (kept, file)
  }

  private static func check(_ options: Options) throws(StoreError) {
    guard options.fileMode & ~0o777 == 0, options.fileMode & 0o600 == 0o600 else {
      throw StoreError(
        .invalid, "the file mode must let the owner read and write, and no more bits")
    }
    guard options.directoryMode & ~0o7777 == 0, options.directoryMode & 0o700 == 0o700 else {
      throw StoreError(.invalid, "the directory mode must let the owner read, write and enter")
    }
    try checkMaximumPayload(options.maximumPayload)
  }

  /// Whoever may write to the directory may plant sessions in it: that its owner and group may is the
  /// operator's will, but worth a word where the owner is neither this user nor root.
  private static func checkWriters(
    of directory: borrowing FileDescriptor, _ shown: String, _ options: Options
  ) throws(StoreError) {
    let status: system_file_status
    do throws(SystemCallError) { status = try directory.status() } catch { throw error.storeError }
    guard status.mode & 0o002 == 0 || options.allowWorldWritable else {
      throw StoreError(.insecure, "anybody may write to the directory")
    }
    guard status.user != 0, status.user != geteuid() else { return }
    options.log?.tell(.warning, "open", at: shown) { $0.append("the directory is another user's") }
  }

  private static func cString(_ path: UnsafeRawBufferPointer) throws(StoreError) -> ByteBuffer {
    guard path.count > 0 else { throw StoreError(.invalid, "the path is empty") }
    guard !path.contains(0) else { throw StoreError(.invalid, "the path has a NUL inside") }
    let buffer = try ByteBuffer.make(copying: path, spare: 1)
    try buffer.append(byte: 0)
    return buffer
  }

  private static func openOrCreate(
    _ path: UnsafePointer<CChar>, _ options: Options
  ) throws(StoreError) -> FileDescriptor {
    do throws(StoreError) {
      return try openThere(path)
    } catch  where error.systemErrno == ENOENT && options.create {}
    guard options.directoryMode & 0o002 == 0 || options.allowWorldWritable else {
      throw StoreError(.insecure, "the directory's mode would let anybody write to it")
    }
    let result = system_mkdir(path, options.directoryMode)
    guard result == 0 || result == -EEXIST else { throw StoreError(call: "mkdir", errno: -result) }
    let made: FileDescriptor
    do throws(StoreError) { made = try openThere(path) } catch {
      // A umask that takes the owner's rights.
      guard result == 0, error.systemErrno == EACCES, system_chmod(path, options.directoryMode) == 0
      else { throw error }
      made = try openThere(path)
    }
    do throws(SystemCallError) {
      if result == 0 {
        try made.setMode(options.directoryMode)
        // Best effort: without it a full btrfs answers ENOSPC to a save, and nothing is lost.
        _ = system_disable_copy_on_write(made.raw)
      }
    } catch {
      throw error.storeError
    }
    return made
  }

  /// Opens a directory that is there.
  private static func openThere(
    _ path: UnsafePointer<CChar>
  ) throws(StoreError) -> FileDescriptor {
    do throws(SystemCallError) {
      if let found = try FileDescriptor.open(
        path, in: CInt(AT_FDCWD), flags: SYSTEM_OPEN_DIRECTORY)
      {
        return found
      }
      throw SystemCallError("openat", -ENOENT)
    } catch {
      throw error.storeError
    }
  }

  private static func openStoreFile(
    in directory: borrowing FileDescriptor, _ options: Options
  ) throws(StoreError) -> StoreFile {
    if try StoreFile.read(in: directory) == nil {
      try StoreFile.make(sync: options.sync ?? .off).write(in: directory, mode: options.fileMode)
    }
    guard let file = try StoreFile.read(in: directory) else {
      throw StoreError(call: "openat", errno: ENOENT)
    }
    guard options.sync == nil || options.sync == file.sync else {
      throw StoreError(.invalid, "the store was set up with another sync mode")
    }
    try checkLocks(in: directory)
    return file
  }

  /// Whether the file system knows open file description locks.
  private static func checkLocks(in directory: borrowing FileDescriptor) throws(StoreError) {
    do throws(SystemCallError) {
      let name = StoreFile.name.cString
      guard
        let file = try FileDescriptor.open(name, in: directory.raw, flags: SYSTEM_OPEN_READ)
      else { return }
      // Nobody locks this file for writing, so a lock for reading is there at once.
      _ = try LockedFile.lockIfFree(file, exclusive: false)
    } catch  where error.errno == EINVAL || error.errno == ENOTSUP || error.errno == ENOSYS {
      throw StoreError(.unsupported, "no open file description locks here")
    } catch {
      throw error.storeError
    }
  }
}

#if !hasFeature(Embedded)

extension DirectorySessionStore.Options {
  /// How long a verb waits for a session's lock before it throws `.busy`; 5 seconds unless told;
  /// negative: not at all.
  public var lockTimeout: Duration {
    get { .microseconds(lockPatience) }
    set { lockPatience = newValue.inMicroseconds }
  }
}

#endif
