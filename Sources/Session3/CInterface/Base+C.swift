// SPDX-License-Identifier: MIT
public import CSession3
internal import CSession3System

@_spi(CInterface) @_cdecl("session3_version") @implementation
public func session3_version(
  _ out: UnsafeMutablePointer<session3_version_info>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "version") { () throws(StoreError) in
    let text: StaticString = "0.1.0"
    var info = session3_version_info()
    info.major = UInt32(SESSION3_VERSION_MAJOR)
    info.minor = UInt32(SESSION3_VERSION_MINOR)
    info.patch = UInt32(SESSION3_VERSION_PATCH)
    info.format = UInt32(SessionFile.format)
    info.text = text.cString
    info.error_size = MemoryLayout<session3_error>.size
    info.buffer_size = MemoryLayout<session3_buffer>.size
    info.value_size = MemoryLayout<session3_value>.size
    info.value_iterator_size = MemoryLayout<session3_value_iterator>.size
    info.directory_options_size = MemoryLayout<session3_directory_options>.size
    info.memory_options_size = MemoryLayout<session3_memory_options>.size
    info.store_info_size = MemoryLayout<session3_store_info>.size
    info.snapshot_size = MemoryLayout<session3_snapshot>.size
    info.record_size = MemoryLayout<session3_record>.size
    info.store_callbacks_size = MemoryLayout<session3_store_callbacks>.size
    info.cookie_policy_size = MemoryLayout<session3_cookie_policy>.size
    info.manager_policy_size = MemoryLayout<session3_manager_policy>.size
    info.statistics_size = MemoryLayout<session3_statistics>.size
    try fill(out, minimum: 24, with: info)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_buffer_dispose") @implementation
public func session3_buffer_dispose(_ buffer: UnsafeMutablePointer<session3_buffer>?) {
  buffer?.pointee.dispose()
}

@_spi(CInterface) @_cdecl("session3_buffer_assign") @implementation
public func session3_buffer_assign(
  _ buffer: UnsafeMutablePointer<session3_buffer>?, _ data: UnsafeRawPointer?, _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "assign") { () throws(StoreError) in
    try bufferOut(buffer).pointee.assign(memory(data, length))
    return SESSION3_OK
  }
}

/// A caller's buffer.
func bufferOut(
  _ buffer: UnsafeMutablePointer<session3_buffer>?
) throws(StoreError) -> UnsafeMutablePointer<session3_buffer> {
  let buffer = try out(buffer)
  guard buffer.pointee.size >= MemoryLayout<session3_buffer>.size else {
    throw invalid("a buffer was not initialized")
  }
  return buffer
}

@_spi(CInterface) @_cdecl("session3_id_generate") @implementation
public func session3_id_generate(
  _ id: UnsafeMutablePointer<CChar>?, _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "generate id") { () throws(StoreError) in
    let id = try out(id)
    write(try Randomness.token(), to: id)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_id_is_valid") @implementation
public func session3_id_is_valid(_ id: UnsafePointer<CChar>?, _ length: Int) -> Bool {
  guard let id, length >= 0 else { return false }
  return SessionID.isValid(UnsafeRawBufferPointer(start: id, count: length))
}

/// Writes a token and a NUL.
func write(_ token: Session.Token, to memory: UnsafeMutablePointer<CChar>) {
  for index in token.indices { memory[index] = CChar(bitPattern: token[index]) }
  memory[token.count] = 0
}

/// Writes an id and a NUL.
func write(_ id: SessionID, to memory: UnsafeMutablePointer<CChar>) {
  id.withBytes { bytes in
    for index in bytes.indices { memory[index] = CChar(bitPattern: bytes[index]) }
  }
  memory[id.count] = 0
}
