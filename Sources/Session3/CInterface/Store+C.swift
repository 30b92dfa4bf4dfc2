// SPDX-License-Identifier: MIT
public import CSession3

// MARK: Opening

@_spi(CInterface) @_cdecl("session3_store_open_directory") @implementation
public func session3_store_open_directory(
  _ path: UnsafePointer<CChar>?,
  _ length: Int,
  _ options: UnsafePointer<session3_directory_options>?,
  _ out: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "open") { () throws(StoreError) in
    let out = try handleOut(out)
    var given = session3_directory_options()
    if let options { try sized(options, minimum: 72, into: &given) }
    let policy = try savePolicy(given.policy, default: .merge)
    let store = try DirectorySessionStore.open(
      path: text(path, length, orCause: "the path is NULL"), options: directoryOptions(given))
    out.pointee = handle(
      owning: SessionRepository(
        store, policy: policy,
        resolution: accessResolution(given.access_resolution_us)))
    return SESSION3_OK
  }
}

private func directoryOptions(
  _ given: session3_directory_options
) throws(StoreError) -> DirectorySessionStore.Options {
  var options = DirectorySessionStore.Options()
  let known =
    SESSION3_DIRECTORY_CREATE | SESSION3_DIRECTORY_ALLOW_NETWORK
    | SESSION3_DIRECTORY_ALLOW_WORLD_WRITABLE
  guard given.flags & ~known == 0, given.reserved == 0, given.reserved_2 == 0 else {
    throw invalid("an unknown flag")
  }
  options.create = given.flags & SESSION3_DIRECTORY_CREATE != 0
  options.allowWorldWritable = given.flags & SESSION3_DIRECTORY_ALLOW_WORLD_WRITABLE != 0
  options.allowNetwork = given.flags & SESSION3_DIRECTORY_ALLOW_NETWORK != 0
  if given.file_mode != 0 { options.fileMode = given.file_mode }
  if given.directory_mode != 0 { options.directoryMode = given.directory_mode }
  if given.sync != SESSION3_SYNC_DEFAULT {
    guard let sync = SyncMode(rawValue: given.sync) else { throw invalid("an unknown sync mode") }
    options.sync = sync
  }
  if given.lock_timeout_us != 0 { options.lockPatience = given.lock_timeout_us }
  options.maximumPayload = try maximumPayload(given.maximum_payload)
  options.clock = clock(given.clock, given.clock_context)
  options.log = try log(given.log, given.log_context, given.log_level)
  return options
}

/// The largest payload: 1 MiB unless told.
func maximumPayload(_ given: UInt64) throws(StoreError) -> Int {
  guard given <= 1 << 30 else { throw invalid("the maximum payload is above 1 GiB") }
  return given == 0 ? 1 << 20 : Int(given)
}

/// The resolution of access times: 1 s unless told.
func accessResolution(_ given: Int64) -> Int64 {
  given == 0 ? 1_000_000 : given
}

/// A host's clock, or the system's.
func clock(_ read: session3_clock?, _ context: UnsafeMutableRawPointer?) -> StoreClock {
  guard let read else { return .system }
  // The header asks for a clock that may be called from any thread.
  nonisolated(unsafe) let (read_, context_) = (read, context)
  return StoreClock { read_(context_) }
}

/// A host's log; nil for none.
func log(
  _ write: session3_log?, _ context: UnsafeMutableRawPointer?, _ level: session3_log_level
) throws(StoreError) -> StoreLog? {
  let level = level == SESSION3_LOG_DEFAULT ? SESSION3_LOG_WARNING : level
  guard let level = StoreLog.Level(rawValue: level) else { throw invalid("an unknown log level") }
  guard let write else { return nil }
  // The header asks for a log that may be called from any thread.
  nonisolated(unsafe) let (write_, context_) = (write, context)
  return StoreLog(level: level) { level, status, line in
    let text = line.assumingMemoryBound(to: CChar.self).baseAddress
    write_(context_, level.rawValue, status, text, line.count)
  }
}

/// Options of stores that are no directory.
struct MemoryOptions {
  let policy: SavePolicy
  let maximumPayload: Int
  let accessResolution: Int64
  let clock: StoreClock
  let log: StoreLog?

  init(_ options: UnsafePointer<session3_memory_options>?) throws(StoreError) {
    var given = session3_memory_options()
    if let options { try sized(options, minimum: 48, into: &given) }
    guard given.reserved == 0, given.reserved_2 == 0 else {
      throw invalid("a reserved field is not 0")
    }
    policy = try savePolicy(given.policy, default: .merge)
    maximumPayload = try Session3.maximumPayload(given.maximum_payload)
    accessResolution = Session3.accessResolution(given.access_resolution_us)
    clock = Session3.clock(given.clock, given.clock_context)
    log = try Session3.log(given.log, given.log_context, given.log_level)
  }
}

@_spi(CInterface) @_cdecl("session3_store_open_memory") @implementation
public func session3_store_open_memory(
  _ options: UnsafePointer<session3_memory_options>?,
  _ out: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "open") { () throws(StoreError) in
    let out = try handleOut(out)
    let options = try MemoryOptions(options)
    let store = try MemorySessionStore.make(
      maximumPayload: options.maximumPayload, clock: options.clock, log: options.log)
    out.pointee = handle(
      owning: SessionRepository(
        store, policy: options.policy, resolution: options.accessResolution))
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_free") @implementation
public func session3_store_free(_ store: OpaquePointer?) {
  release(store, SessionRepository.self)
}

// MARK: The store

@_spi(CInterface) @_cdecl("session3_store_get_info") @implementation
public func session3_store_get_info(
  _ store: OpaquePointer?,
  _ out: UnsafeMutablePointer<session3_store_info>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get info") { () throws(StoreError) in
    let repository = try object(store, SessionRepository.self)
    var info = session3_store_info()
    info.is_multiprocess_safe = repository.store.isMultiprocessSafe ? 1 : 0
    info.is_thread_safe = repository.store.isThreadSafe ? 1 : 0
    info.policy =
      repository.policy.onConflict.rawValue
      | (repository.policy.resurrects ? SESSION3_SAVE_RESURRECT : 0)
    info.sync = repository.store.sync.rawValue
    info.maximum_payload = UInt64(repository.store.maximumPayload)
    info.access_resolution_us = repository.resolution
    try fill(out, minimum: 40, with: info)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_setup") @implementation
public func session3_store_setup(
  _ store: OpaquePointer?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "setup") { () throws(StoreError) in
    try object(store, SessionRepository.self).setup()
    return SESSION3_OK
  }
}
