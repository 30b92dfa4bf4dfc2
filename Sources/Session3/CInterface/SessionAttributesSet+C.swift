// SPDX-License-Identifier: MIT
public import CSession3

/// Encodes a value and sets it.
private func set(
  _ session: OpaquePointer?, _ key: UnsafePointer<CChar>?, _ length: Int,
  capacity: Int = 16, _ encode: (MessagePackWriter) throws(StoreError) -> Void
) throws(StoreError) {
  let session = try object(session, Session.self)
  let key = try Session3.key(key, length)
  do throws(StoreError) {
    let value = try session.valueBuffer(capacity: capacity)
    try encode(MessagePackWriter(buffer: value))
    try session.setAttribute(key, to: value)
  } catch {
    guard error.attribute == nil else { throw error }
    throw error.of(attribute: String(decoding: key, as: UTF8.self))
  }
}

/// Text to set.
private func value(
  _ start: UnsafePointer<CChar>?, _ length: Int, of key: UnsafePointer<CChar>?, _ keyLength: Int
) throws(StoreError) -> UnsafeRawBufferPointer {
  do throws(StoreError) {
    return try text(start, length, orCause: "the value is NULL")
  } catch {
    let name = try Session3.key(key, keyLength)
    throw error.of(attribute: String(decoding: name, as: UTF8.self))
  }
}

@_spi(CInterface) @_cdecl("session3_session_set") @implementation
public func session3_session_set(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ value: UnsafePointer<session3_value>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set") { () throws(StoreError) in
    let value = try encodedValue(value)
    try set(session, key, key_length, capacity: value.bytes.count) { (writer) throws(StoreError) in
      let canonical = try value.canonical()
      try writer.encoded(canonical.bytes)
      keepAlive(canonical)
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_nil") @implementation
public func session3_session_set_nil(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set nil") { () throws(StoreError) in
    try set(session, key, key_length) { (writer) throws(StoreError) in
      try writer.null()
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_bool") @implementation
public func session3_session_set_bool(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ value: Bool,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set bool") { () throws(StoreError) in
    try set(session, key, key_length) { (writer) throws(StoreError) in
      try writer.bool(value)
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_int") @implementation
public func session3_session_set_int(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ value: Int64,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set int") { () throws(StoreError) in
    try set(session, key, key_length) { (writer) throws(StoreError) in
      try writer.int(value)
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_uint") @implementation
public func session3_session_set_uint(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ value: UInt64,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set uint") { () throws(StoreError) in
    try set(session, key, key_length) { (writer) throws(StoreError) in
      try writer.uint(value)
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_double") @implementation
public func session3_session_set_double(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ value: Double,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set double") { () throws(StoreError) in
    try set(session, key, key_length) { (writer) throws(StoreError) in
      try writer.double(value)
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_timestamp") @implementation
public func session3_session_set_timestamp(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ time_us: Int64,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set timestamp") { () throws(StoreError) in
    try set(session, key, key_length) { (writer) throws(StoreError) in
      try writer.timestamp(Timestamp(microseconds: time_us))
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_text") @implementation
public func session3_session_set_text(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ text: UnsafePointer<CChar>?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set text") { () throws(StoreError) in
    let bytes = try value(text, length, of: key, key_length)
    try set(session, key, key_length, capacity: bytes.count &+ 5) { (writer) throws(StoreError) in
      guard isValidUTF8(bytes) else { throw StoreError(.value, "text is not UTF-8") }
      try writer.text(bytes)
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_binary") @implementation
public func session3_session_set_binary(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ data: UnsafeRawPointer?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set binary") { () throws(StoreError) in
    let bytes = try memory(data, length)
    try set(session, key, key_length, capacity: bytes.count &+ 5) { (writer) throws(StoreError) in
      try writer.binary(bytes)
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_remove") @implementation
public func session3_session_remove(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "remove") { () throws(StoreError) in
    let session = try object(session, Session.self)
    let key = try Session3.key(key, key_length)
    guard try session.removeAttribute(key) else { return SESSION3_NOT_FOUND }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_remove_all") @implementation
public func session3_session_remove_all(
  _ session: OpaquePointer?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "remove all") { () throws(StoreError) in
    try object(session, Session.self).setField(Payload.attributes, to: nil)
    return SESSION3_OK
  }
}
