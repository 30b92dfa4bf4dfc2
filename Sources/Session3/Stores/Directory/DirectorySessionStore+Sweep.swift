// SPDX-License-Identifier: MIT
internal import CSession3System

extension DirectorySessionStore {
  /// One fstatat for each name; only what seems old is opened, locked without waiting, and looked at
  /// again, in the order of inodes.
  public func sweep(
    olderThan limit: Int64, into result: inout SweepResult
  ) throws(StoreError) {
    let listing = try DirectoryListing.make(of: directory, isInFlight: true)
    let candidates = try SweepCandidates.make()
    let deletedBefore = result.deleted
    var failure: StoreError?
    do throws(StoreError) {
      while let entry = try listing.nextEntry() {
        look(at: entry, olderThan: limit, candidates, &result, &failure)
        if candidates.isFull { removeOld(candidates, olderThan: limit, &result, &failure) }
      }
    } catch {
      // What was listed before is swept all the same.
      failure = failure ?? error
    }
    removeOld(candidates, olderThan: limit, &result, &failure)
    if result.deleted > deletedBefore { try synchronizeNames() }
    if let failure { throw failure }
  }

  private func look(
    at entry: DirectoryListing.Entry, olderThan limit: Int64, _ candidates: SweepCandidates,
    _ result: inout SweepResult, _ failure: inout StoreError?
  ) {
    switch entry {
    case .temporary(let name):
      do throws(StoreError) { try sweepLeftover(name) } catch { failure = failure ?? error }
    case .session(let id):
      count(id, in: &result, &failure) { () throws(StoreError) in
        try look(at: id, olderThan: limit, candidates)
      }
    }
  }

  private func removeOld(
    _ candidates: SweepCandidates, olderThan limit: Int64, _ result: inout SweepResult,
    _ failure: inout StoreError?
  ) {
    candidates.takeAll { id in
      count(id, in: &result, &failure) { () throws(StoreError) in
        try removeIfOld(id, olderThan: limit, isEmpty: false)
      }
    }
  }

  /// Counts what became of a session; one that fails remains.
  private func count(
    _ id: SessionID, in result: inout SweepResult, _ failure: inout StoreError?,
    _ body: () throws(StoreError) -> Swept
  ) {
    do throws(StoreError) {
      switch try body() {
      case .deleted: result.deleted += 1
      case .remains: result.remaining += 1
      case .isCandidate, .none: break
      }
    } catch {
      failure = failure ?? error.during("sweep", at: place(of: id))
      result.remaining += 1
    }
  }

  private enum Swept {
    case deleted
    case remains
    /// Old by its name's status; not deleted yet.
    case isCandidate
    /// No session at all, or gone already.
    case none
  }

  /// Whether an empty or temporary file has stood for an hour, far longer than any creation takes.
  /// Such a file has the kernel's time, whatever clock the store goes by.
  private static func isLeftover(_ status: system_file_status) -> Bool {
    age(from: status.modified_us, to: StoreClock.system.now()) > 3_600_000_000
  }

  private func look(
    at id: SessionID, olderThan limit: Int64, _ candidates: SweepCandidates
  ) throws(StoreError) -> Swept {
    var status = system_file_status()
    let result = id.withCString { system_fstatat(directory, $0, &status) }
    if result == -ENOENT { return .none }
    guard result == 0 else { throw StoreError(call: "fstatat", errno: -result) }
    guard status.is_regular else { return .none }
    let now = clock.now()
    if status.size == 0 {
      if Self.isLeftover(status), try removeIfOld(id, olderThan: limit, isEmpty: true) == .deleted {
        monitor.leftovers.add()
      }
      return .none
    }
    if SweepAge.isMistaken(status.modified_us, now: now) {
      try setRight(id)
      return .remains
    }
    guard age(from: status.modified_us, to: now) > limit else { return .remains }
    do throws(StoreError) { try candidates.add(id, inode: status.inode) } catch {
      // No memory: then out of order.
      return try removeIfOld(id, olderThan: limit, isEmpty: false)
    }
    return .isCandidate
  }

  /// Sets the access time of a session to now; another's file is left as it is.
  private func setRight(_ id: SessionID) throws(StoreError) {
    guard let file = try open(id, flags: SYSTEM_OPEN_READ) else { return }
    if case .ours = try kind(of: file) { _ = try touch(id, at: nil) }
  }

  /// Removes a session, or an empty file, that nobody holds locked and that is old also under the
  /// lock.
  private func removeIfOld(
    _ id: SessionID, olderThan limit: Int64, isEmpty: Bool
  ) throws(StoreError) -> Swept {
    let file: FileDescriptor?
    do throws(StoreError) {
      file = try open(id, flags: SYSTEM_OPEN_WRITE)
    } catch  where error.code == .corrupt {
      return .none
    }
    guard let file else { return .none }
    guard let locked = try lockIfFree(file) else { return .remains }
    let status = try self.status(of: locked.file)
    guard status.links > 0 else { return .none }
    guard (status.size == 0) == isEmpty else { return .remains }
    let isOld =
      isEmpty
      ? Self.isLeftover(status) : try idle(of: locked.file, status, id).map { $0 > limit } ?? false
    guard isOld else { return .remains }
    // A touch takes no lock: it may have come while the file was read.
    guard try self.status(of: locked.file).modified_us == status.modified_us else {
      return .remains
    }
    let result = id.withCString { system_unlinkat(directory, $0) }
    if result == -ENOENT { return .none }
    guard result == 0 else { throw StoreError(call: "unlinkat", errno: -result) }
    return .deleted
  }

  /// How long a session was not in use; nil if the file is not ours to delete.
  private func idle(
    of file: borrowing FileDescriptor, _ status: system_file_status, _ id: SessionID
  ) throws(StoreError) -> Int64? {
    guard let created = try created(file, status, id) else { return nil }
    return SweepAge.idle(accessed: status.modified_us, created: created, now: clock.now())
  }

  /// When a session was created, or `Int64.min` if it is damaged, or too large to look into: it is
  /// ours all the same, and gets old. A read that fails says nothing of its age.
  /// - Returns: nil if the file is not ours to delete.
  private func created(
    _ file: borrowing FileDescriptor, _ status: system_file_status, _ id: SessionID
  ) throws(StoreError) -> Int64? {
    // A creation whose bytes a power cut took is zeros, and nobody's.
    let mayBeBlank =
      status.size % Int64(SessionFile.blockSize) == 0 && status.size <= largestFile
    if status.size > Int64(SessionFile.blockSize) {
      switch try kind(of: file) {
      case .later: return nil
      case .foreign: if !mayBeBlank { return nil }
      case .ours, .damaged: if status.size > largestFile { return Int64.min }
      }
    }
    return try withContents(of: file, status) { (contents) throws(StoreError) in
      switch SessionFile.kind(of: contents) {
      case .later: return nil
      case .foreign:
        let isBlank = mayBeBlank && contents.allSatisfy { $0 == 0 }
        return isBlank ? Int64.min : nil
      case .damaged: return Int64.min
      case .ours: return Self.created(contents, id) ?? Int64.min
      }
    }
  }

  /// What the record says that counts; nil if none does.
  private static func created(_ contents: UnsafeRawBufferPointer, _ id: SessionID) -> Int64? {
    (try? SessionSlots(contents, of: id))?.record.map { Record.field($0, at: 8) }
  }

  private func sweepLeftover(_ name: UnsafePointer<CChar>) throws(StoreError) {
    var status = system_file_status()
    let found = system_fstatat(directory, name, &status)
    if found == -ENOENT { return }
    guard found == 0 else { throw StoreError(call: "fstatat", errno: -found) }
    guard status.is_regular, Self.isLeftover(status) else { return }
    do throws(SystemCallError) {
      guard let file = try FileDescriptor.open(name, in: directory, flags: SYSTEM_OPEN_WRITE),
        let locked = try LockedFile.lockIfFree(file)
      else { return }
      let result = system_unlinkat(directory, name)
      // Not before: its maker may be about to use it.
      _ = consume locked
      if result == -ENOENT { return }
      try check("unlinkat", result)
      monitor.leftovers.add()
    } catch  where Self.isOfAnotherKind(error.errno) {
      // Since it was looked at.
    } catch {
      throw error.storeError
    }
  }
}
