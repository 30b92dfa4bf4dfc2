// SPDX-License-Identifier: MIT
public import CSession3

/// The attribute of a key.
private func attribute(
  _ session: OpaquePointer?, _ key: UnsafePointer<CChar>?, _ length: Int
) throws(StoreError) -> EncodedValue? {
  let key = try Session3.key(key, length)
  return try object(session, Session.self).attribute(key).map { EncodedValue(bytes: $0) }
}

/// Names the attribute in what is thrown.
private func named<Result>(
  _ key: UnsafePointer<CChar>?, _ length: Int, _ body: () throws(StoreError) -> Result
) throws(StoreError) -> Result {
  do throws(StoreError) {
    return try body()
  } catch {
    guard error.code != .invalid, error.attribute == nil, let key, length >= 0 else { throw error }
    let bytes = UnsafeRawBufferPointer(start: key, count: length)
    throw error.of(attribute: String(decoding: bytes, as: UTF8.self))
  }
}

// MARK: Reading

@_spi(CInterface) @_cdecl("session3_session_get") @implementation
public func session3_session_get(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ out: UnsafeMutablePointer<session3_value>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get") { () throws(StoreError) in
    let out = try Session3.out(out)
    guard let value = try attribute(session, key, key_length) else { return SESSION3_NOT_FOUND }
    out.pointee = try named(key, key_length) { () throws(StoreError) in
      try session3_value(value.bytes)
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_get_bool") @implementation
public func session3_session_get_bool(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ out: UnsafeMutablePointer<Bool>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get bool") { () throws(StoreError) in
    let out = try Session3.out(out)
    guard let value = try attribute(session, key, key_length) else { return SESSION3_NOT_FOUND }
    out.pointee = try named(key, key_length) { () throws(StoreError) in try value.bool() }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_get_int") @implementation
public func session3_session_get_int(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ out: UnsafeMutablePointer<Int64>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get int") { () throws(StoreError) in
    let out = try Session3.out(out)
    guard let value = try attribute(session, key, key_length) else { return SESSION3_NOT_FOUND }
    out.pointee = try named(key, key_length) { () throws(StoreError) in try value.int() }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_get_uint") @implementation
public func session3_session_get_uint(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ out: UnsafeMutablePointer<UInt64>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get uint") { () throws(StoreError) in
    let out = try Session3.out(out)
    guard let value = try attribute(session, key, key_length) else { return SESSION3_NOT_FOUND }
    out.pointee = try named(key, key_length) { () throws(StoreError) in try value.uint() }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_get_double") @implementation
public func session3_session_get_double(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ out: UnsafeMutablePointer<Double>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get double") { () throws(StoreError) in
    let out = try Session3.out(out)
    guard let value = try attribute(session, key, key_length) else { return SESSION3_NOT_FOUND }
    out.pointee = try named(key, key_length) { () throws(StoreError) in try value.double() }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_get_timestamp") @implementation
public func session3_session_get_timestamp(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ out_us: UnsafeMutablePointer<Int64>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get timestamp") { () throws(StoreError) in
    let out = try Session3.out(out_us)
    guard let value = try attribute(session, key, key_length) else { return SESSION3_NOT_FOUND }
    out.pointee = try named(key, key_length) { () throws(StoreError) in try microseconds(value) }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_get_text") @implementation
public func session3_session_get_text(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ text: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get text") { () throws(StoreError) in
    guard let value = try attribute(session, key, key_length) else { return SESSION3_NOT_FOUND }
    let bytes = try named(key, key_length) { () throws(StoreError) in try value.text() }
    try lend(bytes, to: text, length)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_get_binary") @implementation
public func session3_session_get_binary(
  _ session: OpaquePointer?,
  _ key: UnsafePointer<CChar>?,
  _ key_length: Int,
  _ data: UnsafeMutablePointer<UnsafeRawPointer?>?,
  _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get binary") { () throws(StoreError) in
    guard let value = try attribute(session, key, key_length) else { return SESSION3_NOT_FOUND }
    let bytes = try named(key, key_length) { () throws(StoreError) in try value.binary() }
    try lend(bytes, to: data, length)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_attribute_count") @implementation
public func session3_session_attribute_count(_ session: OpaquePointer?) -> Int {
  guard let field = try? objectIfAny(session, Session.self)?.field(Payload.attributes) else {
    return 0
  }
  return (try? SortedMap.count(in: field, at: 0)) ?? 0
}

@_spi(CInterface) @_cdecl("session3_session_attributes") @implementation
public func session3_session_attributes(
  _ session: OpaquePointer?,
  _ out: UnsafeMutablePointer<session3_value>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get attributes") { () throws(StoreError) in
    let out = try Session3.out(out)
    let field = try object(session, Session.self).field(Payload.attributes)
    out.pointee = try session3_value(field ?? Payload.emptyMap)
    return SESSION3_OK
  }
}
