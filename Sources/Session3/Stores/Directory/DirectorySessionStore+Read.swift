// SPDX-License-Identifier: MIT
internal import CSession3System

extension DirectorySessionStore {
  /// Four system calls where no writer is in the way: openat, fstat, pread, close.
  public func read(_ id: SessionID) throws(StoreError) -> Record? {
    var wait = LockWait(upTo: options.lockPatience)
    for _ in 0..<Self.restartLimit {
      guard let file = try open(id, flags: SYSTEM_OPEN_READ) else { return nil }
      let status = try self.status(of: file)
      guard status.size > 0 else { return nil }
      if let record = try readWithoutLock(file, status, id) { return record }
      guard let locked = try lock(file, exclusive: false, wait: &wait) else {
        throw StoreError(.busy, "the session's lock was not to be had in time")
      }
      let now = try self.status(of: locked.file)
      // Deleted, or moved to a larger file: its name tells.
      guard now.links > 0 else { continue }
      guard now.size > 0 else { return nil }
      return try withContents(of: locked.file, now) { (contents) throws(StoreError) in
        let slots = try SessionSlots(contents, of: id)
        return try Self.record(slots, now)
      }
    }
    throw Self.restless
  }

  /// Reads beside writers.
  ///
  /// Two whole slots: the newer one counts. If one is torn, its writer is busy or was killed, and
  /// the whole one may be the older by now; so it counts only if a second reading finds it to be
  /// still the one.
  /// - Returns: nil if three readings settled nothing.
  private func readWithoutLock(
    _ file: borrowing FileDescriptor, _ status: system_file_status, _ id: SessionID
  ) throws(StoreError) -> Record? {
    var seen: UInt64?
    for _ in 0..<3 {
      do throws(StoreError) {
        let record: Record? = try withContents(of: file, status) { (contents) throws(StoreError) in
          let slots = try SessionSlots(contents, of: id)
          let isSettled = !slots.isTorn || slots.revision == seen
          seen = slots.revision
          guard isSettled, slots.revision != nil else { return nil }
          return try Self.record(slots, status)
        }
        if let record { return record }
      } catch  where error.code == .corrupt {
        // Perhaps of a file that is being created. Whether it is damage shows under the lock.
        seen = nil
      }
    }
    return nil
  }

  static func record(
    _ slots: SessionSlots, _ status: system_file_status
  ) throws(StoreError) -> Record {
    guard let bytes = slots.record else {
      throw StoreError(.corrupt, "the session file is damaged")
    }
    let isCanonical: Bool
    let payload = bytes.part(Record.headSize..<bytes.count)
    do throws(StoreError) {
      isCanonical = try Payload.check(payload)
    } catch {
      throw error.recoded(.corrupt)
    }
    if isCanonical {
      return Record(sealed: try ByteBuffer.make(copying: bytes), accessed: status.modified_us)
    }
    // Another writer's form is read, under its own checksum; the next save is canonical.
    let storage = try Payload.canonical(payload)
    try storage.replace(0..<Record.headSize, with: bytes.part(0..<Record.headSize))
    return Record(sealed: storage, accessed: status.modified_us)
  }

  // MARK: Parts that writers use as well

  /// How often a verb begins again because the file was deleted or grew under it.
  static var restartLimit: Int { 1_000 }

  static var restless: StoreError {
    StoreError(.busy, "the session is deleted and made again without end by others")
  }

  /// Opens a session's file that is there; nil if there is none.
  ///
  /// Reading it should not set its atime, which nobody looks at, and which ext4 would put into its
  /// journal after each save. Only a file's owner may ask for that.
  func open(_ id: SessionID, flags: Int) throws(StoreError) -> FileDescriptor? {
    do throws(StoreError) {
      return try openFile(id, flags: flags | Int(SYSTEM_OPEN_NO_ACCESS_TIME))
    } catch  where error.systemErrno == EPERM {
      return try openFile(id, flags: flags)
    }
  }

  /// Makes a session's file; EEXIST where there is one.
  func make(_ id: SessionID) throws(StoreError) -> FileDescriptor? {
    try openFile(id, flags: SYSTEM_OPEN_CREATE)
  }

  private func openFile(_ id: SessionID, flags: Int) throws(StoreError) -> FileDescriptor? {
    var failure: SystemCallError?
    let file: FileDescriptor? = id.withCString { name in
      do throws(SystemCallError) {
        return try FileDescriptor.open(
          name, in: directory, flags: flags, mode: options.fileMode)
      } catch {
        failure = error
        return nil
      }
    }
    guard let failure else { return file }
    throw Self.isOfAnotherKind(failure.errno) ? Self.notASession : failure.storeError
  }

  /// Whether an open failed since there is a link, directory, socket or device of somebody else's.
  static func isOfAnotherKind(_ errno: CInt) -> Bool {
    switch errno {
    case ELOOP, EISDIR, ENXIO, ENODEV: true
    default: false
    }
  }

  static var notASession: StoreError {
    StoreError(.corrupt, "the file is not a session")
  }

  /// The status of a regular file.
  func status(of file: borrowing FileDescriptor) throws(StoreError) -> system_file_status {
    let status: system_file_status
    do throws(SystemCallError) { status = try file.status() } catch { throw error.storeError }
    guard status.is_regular else { throw Self.notASession }
    return status
  }

  /// What the first bytes of a file of any size say of it.
  func kind(of file: borrowing FileDescriptor) throws(StoreError) -> SessionFile.Kind {
    try withUnsafeTemporaryAllocation(
      byteCount: SessionFile.headSize, alignment: 16
    ) { (memory) throws(StoreError) in
      SessionFile.kind(of: try read(file, into: memory))
    }
  }

  /// Locks a file.
  /// - Returns: nil if the lock was not to be had in time.
  func lock(
    _ file: consuming FileDescriptor, exclusive: Bool = true, wait: inout LockWait
  ) throws(StoreError) -> LockedFile? {
    do throws(SystemCallError) {
      return try LockedFile.lock(
        file, exclusive: exclusive, wait: &wait, noteWait: monitor.noteLockWait)
    } catch {
      throw error.storeError
    }
  }

  /// Locks a file that is of no use to this call while somebody else has it.
  func lockIfFree(_ file: consuming FileDescriptor) throws(StoreError) -> LockedFile? {
    do throws(SystemCallError) { return try LockedFile.lockIfFree(file) } catch {
      throw error.storeError
    }
  }

  /// In bytes: a file that grew has up to four times the room that its payload needs.
  var largestFile: Int {
    4 * SessionFile.size(forRecord: Record.headSize + options.maximumPayload)
  }

  /// Reads a whole file and lends its bytes: fewer than its size if it was cut meanwhile.
  func withContents<Result>(
    of file: borrowing FileDescriptor, _ status: system_file_status,
    _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    guard status.size <= largestFile else {
      if case .foreign = try kind(of: file) { throw Self.notASession }
      throw StoreError(.tooLarge, "the file is larger than any session of the store's maximum")
    }
    let size = Int(status.size)
    guard let memory = system_allocate(size) else { throw .noMemory }
    defer { system_free(memory) }
    return try body(read(file, into: UnsafeMutableRawBufferPointer(start: memory, count: size)))
  }

  private func read(
    _ file: borrowing FileDescriptor, into memory: UnsafeMutableRawBufferPointer
  ) throws(StoreError) -> UnsafeRawBufferPointer {
    do throws(SystemCallError) {
      let count = try file.read(into: memory)
      return UnsafeRawBufferPointer(rebasing: memory[0..<count])
    } catch {
      throw error.storeError
    }
  }
}
