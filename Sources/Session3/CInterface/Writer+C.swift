// SPDX-License-Identifier: MIT
public import CSession3

@_spi(CInterface) @_cdecl("session3_writer_new") @implementation
public func session3_writer_new(
  _ out: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "new writer") { () throws(StoreError) in
    let out = try handleOut(out)
    out.pointee = handle(owning: try ValueBuilder.make())
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_free") @implementation
public func session3_writer_free(_ writer: OpaquePointer?) {
  release(writer, ValueBuilder.self)
}

@_spi(CInterface) @_cdecl("session3_writer_reset") @implementation
public func session3_writer_reset(_ writer: OpaquePointer?) {
  objectIfAny(writer, ValueBuilder.self)?.reset()
}

@_spi(CInterface) @_cdecl("session3_writer_nil") @implementation
public func session3_writer_nil(
  _ writer: OpaquePointer?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "write nil") { () throws(StoreError) in
    let builder = try object(writer, ValueBuilder.self)
    try builder.append { (writer) throws(StoreError) in try writer.null() }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_bool") @implementation
public func session3_writer_bool(
  _ writer: OpaquePointer?,
  _ value: Bool,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "write bool") { () throws(StoreError) in
    let builder = try object(writer, ValueBuilder.self)
    try builder.append { (writer) throws(StoreError) in try writer.bool(value) }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_int") @implementation
public func session3_writer_int(
  _ writer: OpaquePointer?,
  _ value: Int64,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "write int") { () throws(StoreError) in
    let builder = try object(writer, ValueBuilder.self)
    try builder.append { (writer) throws(StoreError) in try writer.int(value) }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_uint") @implementation
public func session3_writer_uint(
  _ writer: OpaquePointer?,
  _ value: UInt64,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "write uint") { () throws(StoreError) in
    let builder = try object(writer, ValueBuilder.self)
    try builder.append { (writer) throws(StoreError) in try writer.uint(value) }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_double") @implementation
public func session3_writer_double(
  _ writer: OpaquePointer?,
  _ value: Double,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "write double") { () throws(StoreError) in
    let builder = try object(writer, ValueBuilder.self)
    try builder.append { (writer) throws(StoreError) in try writer.double(value) }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_text") @implementation
public func session3_writer_text(
  _ writer: OpaquePointer?,
  _ text: UnsafePointer<CChar>?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "write text") { () throws(StoreError) in
    let builder = try object(writer, ValueBuilder.self)
    try builder.text(Session3.text(text, length))
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_binary") @implementation
public func session3_writer_binary(
  _ writer: OpaquePointer?,
  _ data: UnsafeRawPointer?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "write binary") { () throws(StoreError) in
    let builder = try object(writer, ValueBuilder.self)
    let bytes = try memory(data, length)
    try builder.append { (writer) throws(StoreError) in try writer.binary(bytes) }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_timestamp") @implementation
public func session3_writer_timestamp(
  _ writer: OpaquePointer?,
  _ time_us: Int64,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "write timestamp") { () throws(StoreError) in
    let builder = try object(writer, ValueBuilder.self)
    try builder.append { (writer) throws(StoreError) in
      try writer.timestamp(Timestamp(microseconds: time_us))
    }
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_array") @implementation
public func session3_writer_array(
  _ writer: OpaquePointer?,
  _ count: UInt32,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "write array") { () throws(StoreError) in
    try object(writer, ValueBuilder.self).begin(count: Int(count), isMap: false)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_map") @implementation
public func session3_writer_map(
  _ writer: OpaquePointer?,
  _ count: UInt32,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "write map") { () throws(StoreError) in
    try object(writer, ValueBuilder.self).begin(count: Int(count), isMap: true)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_value") @implementation
public func session3_writer_value(
  _ writer: OpaquePointer?,
  _ value: UnsafePointer<session3_value>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "write value") { () throws(StoreError) in
    let builder = try object(writer, ValueBuilder.self)
    try builder.append(encoded: encodedValue(value).bytes)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_writer_finish") @implementation
public func session3_writer_finish(
  _ writer: OpaquePointer?,
  _ out: UnsafeMutablePointer<session3_value>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "finish value") { () throws(StoreError) in
    let out = try Session3.out(out)
    out.pointee = try session3_value(object(writer, ValueBuilder.self).finish())
    return SESSION3_OK
  }
}
