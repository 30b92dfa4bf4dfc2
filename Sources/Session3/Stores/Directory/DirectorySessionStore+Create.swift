// SPDX-License-Identifier: MIT
internal import CSession3System

extension DirectorySessionStore {
  /// openat, fcntl, fstat, pwrite, fcntl, close.
  ///
  /// Whoever finds the file empty under its lock fills it: its maker, or another creator that was
  /// faster, or one that finds what a killed maker left.
  public func create(_ id: SessionID, _ record: Record) throws(StoreError) -> Bool {
    // A write that a kill cuts short ends with a page; so one page is there or not.
    guard SessionFile.size(forRecord: record.storage.count) <= SessionFile.blockSize else {
      do throws(StoreError) {
        return try createWhole(id, record)
      } catch  where error.code == .exists {
        return false
      }
    }
    for _ in 0..<Self.restartLimit {
      do throws(StoreError) {
        guard let opened = try openNew(id) else { continue }
        guard opened.status.size == 0 else { return false }
        try fill(opened, id, with: record)
        return true
      } catch  where error.code == .exists {
        return false
      }
    }
    throw Self.restless
  }

  private static var exists: StoreError { StoreError(.exists, "a session of this id exists") }

  /// Makes a session's file, or opens the one that is there, and locks it.
  /// - Returns: nil if it was deleted meanwhile.
  private func openNew(_ id: SessionID) throws(StoreError) -> Opened? {
    let made: FileDescriptor?
    do throws(StoreError) {
      made = try make(id)
    } catch  where error.systemErrno == EEXIST {
      // Whose file is full is known without its lock.
      if try has(id) { throw Self.exists }
      return try openLocked(id, allowsEmpty: true)
    }
    guard let made else { throw Self.directoryRemoved }
    var wait = LockWait(upTo: options.lockPatience)
    guard let locked = try lock(made, wait: &wait) else {
      throw StoreError(.busy, "the session's lock was not to be had in time")
    }
    let status = try self.status(of: locked.file)
    guard status.links > 0 else { return nil }
    return Opened(locked: locked, status: status)
  }

  /// Writes a whole new file, or leaves none.
  private func fill(
    _ opened: borrowing Opened, _ id: SessionID, with record: Record
  ) throws(StoreError) {
    do throws(StoreError) {
      let size = SessionFile.size(forRecord: record.storage.count)
      let image = try SessionFile.image(of: record, size: size)
      try write(
        image, to: opened.locked.file, accessed: record.accessed,
        mode: opened.status.mode == options.fileMode ? nil : options.fileMode,
        isSynced: sync == .data)
      try synchronizeNames()
    } catch {
      // Before the lock goes, so that nobody fills it in between.
      _ = id.withCString { system_unlinkat(directory, $0) }
      throw error
    }
  }

  /// Creates a file of several pages under another name, so that its own never stands for a part.
  private func createWhole(_ id: SessionID, _ record: Record) throws(StoreError) -> Bool {
    if try has(id) { return false }
    let image = try SessionFile.image(
      of: record, size: SessionFile.size(forRecord: record.storage.count))
    var temporary = try makeTemporary()
    try write(
      image, to: temporary.locked.file, accessed: record.accessed, mode: options.fileMode,
      isSynced: sync == .data)
    for _ in 0..<Self.restartLimit {
      var call: StaticString = "renameat2"
      var result = temporary.name.move(to: id, system_rename_new)
      if result == -EEXIST || result == -EINVAL || result == -ENOSYS {
        // Taken, perhaps by the empty file of a creator that was killed or is waiting for its lock;
        // or a file system without RENAME_NOREPLACE, where an empty file takes the name first.
        guard let empty = try openNew(id) else { continue }
        guard empty.status.size == 0 else { return false }
        call = "renameat"
        result = temporary.name.move(to: id, system_renameat)
        if result != 0 { _ = id.withCString { system_unlinkat(directory, $0) } }
      }
      guard result == 0 else { throw StoreError(call: call, errno: -result) }
      do throws(StoreError) { try synchronizeNames() } catch {
        // While this file is locked, so that nobody saved to it yet.
        _ = id.withCString { system_unlinkat(directory, $0) }
        throw error
      }
      _ = consume temporary
      return true
    }
    throw Self.restless
  }

  /// Moves a session to a file with room for a record, under the lock of the old one.
  ///
  /// `head`: of the old file.
  ///
  /// - Returns: false if the old file lost its name meanwhile.
  func grow(
    _ old: borrowing Opened, _ id: SessionID, to record: Record, _ head: UnsafeRawBufferPointer
  ) throws(StoreError) -> Bool {
    let size = max(
      SessionFile.size(forRecord: record.storage.count), 2 * Int(old.status.size))
    let image = try SessionFile.image(of: record, size: size, succeeding: head)
    var temporary = try makeTemporary()
    try copyOwner(of: old.status, to: temporary.locked.file)
    // In every mode: the name may reach the disk before the bytes, and the old file, which may be
    // there for days, would be lost to a power cut.
    try write(
      image, to: temporary.locked.file, accessed: record.accessed, mode: old.status.mode,
      isSynced: true)
    guard try status(of: old.locked.file).links > 0 else { return false }
    let result = temporary.name.move(to: id, system_renameat)
    guard result == 0 else { throw StoreError(call: "renameat", errno: -result) }
    try synchronizeNames()
    return true
  }

  /// A new file under its lock.
  private struct Temporary: ~Copyable {
    var name: TemporaryName
    let locked: LockedFile
  }

  /// A new file that no sweep takes away while it is locked. One that a sweep took before, with a
  /// clock an hour ahead, is made again under another name.
  private func makeTemporary() throws(StoreError) -> Temporary {
    for _ in 0..<Self.restartLimit {
      let name = try TemporaryName(in: directory)
      guard let locked = try lockIfFree(openNew(name)), try status(of: locked.file).links > 0
      else { continue }
      return Temporary(name: name, locked: locked)
    }
    throw Self.restless
  }

  private func openNew(_ name: borrowing TemporaryName) throws(StoreError) -> FileDescriptor {
    var made: FileDescriptor?
    do throws(SystemCallError) {
      try name.withCString { (name) throws(SystemCallError) in
        made = try FileDescriptor.open(
          name, in: directory, flags: SYSTEM_OPEN_CREATE, mode: 0o600)
      }
    } catch {
      throw error.storeError
    }
    guard let made else { throw Self.directoryRemoved }
    return made
  }

  private static var directoryRemoved: StoreError {
    StoreError(call: "the directory was removed", errno: ENOENT)
  }

  /// Gives a file the owner and group of the one whose place it takes. Who may not give files away
  /// keeps it, but its group must be the same, or others of the group would lose the session.
  private func copyOwner(
    of old: system_file_status, to file: borrowing FileDescriptor
  ) throws(StoreError) {
    let mine = try status(of: file)
    guard mine.user != old.user || mine.group != old.group else { return }
    var result = retrying { system_fchown(file.raw, old.user, old.group) }
    if result == -EPERM, mine.group != old.group {
      result = retrying { system_fchown(file.raw, mine.user, old.group) }
    } else if result == -EPERM {
      result = 0
    }
    guard result == 0 else { throw StoreError(call: "fchown", errno: -result) }
  }

  /// Writes a whole file, all of it and in one go.
  private func write(
    _ image: ByteBuffer, to file: borrowing FileDescriptor, accessed: Int64, mode: UInt32?,
    isSynced: Bool
  ) throws(StoreError) {
    defer { keepAlive(image) }
    do throws(SystemCallError) {
      if let mode { try file.setMode(mode) }
      try file.write(image.bytes, at: 0)
      if clock.isInjected { try file.setModified(accessed) }
      if isSynced { try file.synchronizeData() }
    } catch {
      throw error.storeError
    }
  }
}
