// SPDX-License-Identifier: MIT
internal import CSession3System

extension DirectorySessionStore {
  // MARK: Verbs

  public func write(
    _ id: SessionID, _ record: Record, expecting: RecordVersion
  ) throws(StoreError) -> WriteOutcome {
    var outcome = WriteOutcome.written
    let isThere = try write(id, record, expecting: expecting) { (found) throws(StoreError) in
      outcome = .conflict(found)
      return .leave
    }
    return isThere ? outcome : .missing
  }

  /// Seven system calls: openat, fcntl, fstat, pread, pwrite, fcntl, close.
  public func write(
    _ id: SessionID, _ record: Record, expecting: RecordVersion,
    otherwise body: (Record) throws(StoreError) -> Update
  ) throws(StoreError) -> Bool {
    var isAsked = false
    for _ in 0..<Self.restartLimit {
      guard let opened = try openLocked(id) else { return false }
      let isDone = try withSlots(of: opened, id) { (slots, head) throws(StoreError) -> Bool in
        guard let version = slots.version else { throw Self.damaged }
        if !isAsked, version == expecting {
          return try store(record, id, in: opened, slots, head)
        }
        let found = try Self.record(slots, opened.status)
        isAsked = true
        guard case .store(let other) = try body(found) else { return true }
        return try store(other, id, in: opened, slots, head)
      }
      if isDone { return true }
    }
    throw Self.restless
  }

  /// Under the file's lock from the reading to the writing, so that `body` is called once.
  public func update(
    _ id: SessionID, _ body: (Record?) throws(StoreError) -> Update
  ) throws(StoreError) {
    for _ in 0..<Self.restartLimit {
      guard let opened = try openLocked(id) else {
        guard case .store(let record) = try body(nil) else { return }
        if try create(id, record) { return }
        continue
      }
      let isDone = try withSlots(of: opened, id) { (slots, head) throws(StoreError) -> Bool in
        let found = try Self.record(slots, opened.status)
        guard case .store(let record) = try body(found) else { return true }
        return try store(record, id, in: opened, slots, head)
      }
      if isDone { return }
    }
    throw Self.restless
  }

  /// openat, fcntl, fstat, pread, unlinkat, fcntl, close.
  public func remove(
    _ id: SessionID, expecting: RecordVersion?
  ) throws(StoreError) -> RemoveOutcome {
    guard let opened = try openLocked(id) else { return .missing }
    switch try kind(of: opened.locked.file) {
    case .foreign: throw Self.notASession
    case .later: throw StoreError(.format, "the session is of a later version of the library")
    case .ours, .damaged: break
    }
    if let expecting {
      let version = try withSlots(of: opened, id) { (slots, _) throws(StoreError) in slots.version }
      guard version == expecting else { return .conflict }
    }
    let result = id.withCString { system_unlinkat(directory, $0) }
    if result == -ENOENT { return .missing }
    guard result == 0 else { throw StoreError(call: "unlinkat", errno: -result) }
    try synchronizeNames()
    return .removed
  }

  /// Under the old file's lock from the reading to its removal: write's first four system calls,
  /// those of create, and the last three of remove.
  public func move(
    _ id: SessionID, to new: SessionID, _ body: (Record) throws(StoreError) -> Record
  ) throws(StoreError) -> Bool {
    guard let opened = try openLocked(id) else { return false }
    let record = try withSlots(of: opened, id) { (slots, _) throws(StoreError) in
      try body(Self.record(slots, opened.status))
    }
    guard try create(new, record) else { throw StoreError(.exists, "the new id is taken") }
    let result = id.withCString { system_unlinkat(directory, $0) }
    guard result == 0 else {
      // Nobody was told the new id, and the old one still holds.
      _ = new.withCString { system_unlinkat(directory, $0) }
      if result == -ENOENT { return false }
      throw StoreError(call: "unlinkat", errno: -result)
    }
    try synchronizeNames()
    return true
  }

  // MARK: Locked files

  /// A session's file under its lock, which is the one that the name stands for, and not empty.
  struct Opened: ~Copyable {
    let locked: LockedFile
    let status: system_file_status
  }

  /// Opens and locks a session's file; nil if there is none.
  ///
  /// `allowsEmpty`: whether to take a file that a creator did not fill yet.
  func openLocked(
    _ id: SessionID, allowsEmpty: Bool = false
  ) throws(StoreError) -> Opened? {
    var wait = LockWait(upTo: options.lockPatience)
    for _ in 0..<Self.restartLimit {
      guard let file = try open(id, flags: SYSTEM_OPEN_WRITE) else { return nil }
      guard let locked = try lock(file, wait: &wait) else {
        throw StoreError(.busy, "the session's lock was not to be had in time")
      }
      let status = try self.status(of: locked.file)
      guard isNamed(id, status, isCertain: !locked.wasContended) else { continue }
      guard status.size > 0 || allowsEmpty else { return nil }
      return Opened(locked: locked, status: status)
    }
    throw Self.restless
  }

  /// Whether the name still stands for a file that was locked: without a name it was deleted or
  /// grew. With a second one, or after a wait, in which one of two may have gone, its inode tells.
  private func isNamed(
    _ id: SessionID, _ status: system_file_status, isCertain: Bool
  ) -> Bool {
    if status.links == 0 || status.links == 1 && isCertain { return status.links == 1 }
    var named = system_file_status()
    let result = id.withCString { system_fstatat(directory, $0, &named) }
    return result == 0 && named.inode == status.inode && named.device == status.device
  }

  /// Lends the slots and the head of a locked file.
  private func withSlots<Result>(
    of opened: borrowing Opened, _ id: SessionID,
    _ body: (SessionSlots, UnsafeRawBufferPointer) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try withContents(of: opened.locked.file, opened.status) { (contents) throws(StoreError) in
      try body(try SessionSlots(contents, of: id), contents)
    }
  }

  static var damaged: StoreError { StoreError(.corrupt, "the session file is damaged") }

  // MARK: Writing

  /// Writes a record into the slot that does not count, or into a larger file.
  /// - Returns: false if the file lost its name meanwhile, which takes somebody who does not lock.
  private func store(
    _ record: Record, _ id: SessionID, in opened: borrowing Opened, _ slots: SessionSlots,
    _ head: UnsafeRawBufferPointer
  ) throws(StoreError) -> Bool {
    guard slots.version != nil else { throw Self.damaged }
    guard let offset = slots.offset(forRecord: record.storage.count) else {
      return try grow(opened, id, to: record, head)
    }
    defer { keepAlive(record.storage) }
    do throws(SystemCallError) {
      try opened.locked.file.write(record.storage.bytes, at: offset)
      if clock.isInjected { try opened.locked.file.setModified(record.accessed) }
      if sync == .data { try opened.locked.file.synchronizeData() }
    } catch {
      throw error.storeError
    }
    return true
  }

  /// Makes names durable, where the store's mode asks for it.
  func synchronizeNames() throws(StoreError) {
    guard sync == .data else { return }
    let result = retrying { system_fsync(directory) }
    guard result == 0 else { throw StoreError(call: "fsync", errno: -result).ofSync }
  }
}
