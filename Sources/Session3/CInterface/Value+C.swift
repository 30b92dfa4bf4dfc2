// SPDX-License-Identifier: MIT
public import CSession3

// MARK: Views

extension session3_value {
  /// A view of one encoded value.
  init(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    self.init()
    encoded = bytes.baseAddress
    encoded_length = bytes.count
    switch try EncodedValue(bytes: bytes).token() {
    case .null: type = SESSION3_TYPE_NIL
    case .bool: type = SESSION3_TYPE_BOOL
    case .int: type = SESSION3_TYPE_INT
    case .uint: type = SESSION3_TYPE_UINT
    case .double: type = SESSION3_TYPE_DOUBLE
    case .text(let range): (type, count) = (SESSION3_TYPE_TEXT, truncated(range.count))
    case .binary(let range): (type, count) = (SESSION3_TYPE_BINARY, truncated(range.count))
    case .timestamp: type = SESSION3_TYPE_TIMESTAMP
    case .array(let items): (type, count) = (SESSION3_TYPE_ARRAY, truncated(items))
    case .map(let items): (type, count) = (SESSION3_TYPE_MAP, truncated(items))
    }
  }
}

/// A count of MessagePack's, which has 32 bits at most.
private func truncated(_ count: Int) -> UInt32 {
  UInt32(truncatingIfNeeded: count)
}

/// What a caller's view shows.
func encodedValue(_ value: UnsafePointer<session3_value>?) throws(StoreError) -> EncodedValue {
  guard let value, let start = value.pointee.encoded, value.pointee.encoded_length > 0 else {
    throw invalid("a value is NULL or empty")
  }
  return EncodedValue(bytes: try memory(start, value.pointee.encoded_length))
}

@_spi(CInterface) @_cdecl("session3_value_parse") @implementation
public func session3_value_parse(
  _ data: UnsafeRawPointer?, _ length: Int, _ out: UnsafeMutablePointer<session3_value>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "parse value") { () throws(StoreError) in
    let out = try Session3.out(out)
    guard data != nil else { throw invalid("bytes are NULL") }
    let bytes = try memory(data, length)
    var reader = MessagePackReader(bytes)
    try reader.check()
    guard reader.isAtEnd else {
      throw StoreError(.value, "bytes follow the value", offset: reader.offset)
    }
    out.pointee = try session3_value(bytes)
    return SESSION3_OK
  }
}

// MARK: Scalars

@_spi(CInterface) @_cdecl("session3_value_get_bool") @implementation
public func session3_value_get_bool(
  _ value: UnsafePointer<session3_value>?, _ out: UnsafeMutablePointer<Bool>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get bool") { () throws(StoreError) in
    try Session3.out(out).pointee = encodedValue(value).bool()
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_value_get_int") @implementation
public func session3_value_get_int(
  _ value: UnsafePointer<session3_value>?, _ out: UnsafeMutablePointer<Int64>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get int") { () throws(StoreError) in
    try Session3.out(out).pointee = encodedValue(value).int()
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_value_get_uint") @implementation
public func session3_value_get_uint(
  _ value: UnsafePointer<session3_value>?, _ out: UnsafeMutablePointer<UInt64>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get uint") { () throws(StoreError) in
    try Session3.out(out).pointee = encodedValue(value).uint()
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_value_get_double") @implementation
public func session3_value_get_double(
  _ value: UnsafePointer<session3_value>?, _ out: UnsafeMutablePointer<Double>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get double") { () throws(StoreError) in
    try Session3.out(out).pointee = encodedValue(value).double()
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_value_get_timestamp") @implementation
public func session3_value_get_timestamp(
  _ value: UnsafePointer<session3_value>?, _ out_us: UnsafeMutablePointer<Int64>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get timestamp") { () throws(StoreError) in
    try out(out_us).pointee = microseconds(encodedValue(value))
    return SESSION3_OK
  }
}

/// A point in time as C has it.
func microseconds(_ value: EncodedValue) throws(StoreError) -> Int64 {
  guard let time = try value.timestamp().microseconds else {
    throw StoreError(.range, "the time does not fit into 64 bits of microseconds")
  }
  return time
}

@_spi(CInterface) @_cdecl("session3_value_get_text") @implementation
public func session3_value_get_text(
  _ value: UnsafePointer<session3_value>?, _ text: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ length: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get text") { () throws(StoreError) in
    try lend(encodedValue(value).text(), to: text, length)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_value_get_binary") @implementation
public func session3_value_get_binary(
  _ value: UnsafePointer<session3_value>?,
  _ data: UnsafeMutablePointer<UnsafeRawPointer?>?, _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get binary") { () throws(StoreError) in
    try lend(encodedValue(value).binary(), to: data, length)
    return SESSION3_OK
  }
}

/// Hands out text that is borrowed.
func lend(
  _ bytes: UnsafeRawBufferPointer, to text: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ length: UnsafeMutablePointer<Int>?
) throws(StoreError) {
  let (text, length) = (try out(text), try out(length))
  text.pointee = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
  length.pointee = bytes.count
}

/// Hands out bytes that are borrowed.
func lend(
  _ bytes: UnsafeRawBufferPointer, to data: UnsafeMutablePointer<UnsafeRawPointer?>?,
  _ length: UnsafeMutablePointer<Int>?
) throws(StoreError) {
  let (data, length) = (try out(data), try out(length))
  data.pointee = bytes.baseAddress
  length.pointee = bytes.count
}

// MARK: Arrays and maps

@_spi(CInterface) @_cdecl("session3_value_element") @implementation
public func session3_value_element(
  _ array: UnsafePointer<session3_value>?, _ index: Int,
  _ out: UnsafeMutablePointer<session3_value>?, _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get element") { () throws(StoreError) in
    let out = try Session3.out(out)
    var reader = MessagePackReader(try encodedValue(array).bytes)
    guard case .array(let count) = try reader.next() else {
      throw StoreError(.type, "the value is no array")
    }
    // A size_t above Int.max arrives as a negative number, and is beyond any end.
    guard index >= 0, index < count else { return SESSION3_NOT_FOUND }
    for _ in 0..<index { try reader.skip() }
    out.pointee = try reader.view()
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_value_member") @implementation
public func session3_value_member(
  _ map: UnsafePointer<session3_value>?, _ key: UnsafePointer<CChar>?, _ key_length: Int,
  _ out: UnsafeMutablePointer<session3_value>?, _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get member") { () throws(StoreError) in
    let out = try Session3.out(out)
    let key = try Session3.key(key, key_length)
    let bytes = try encodedValue(map).bytes
    guard case .map = try EncodedValue(bytes: bytes).token() else {
      throw StoreError(.type, "the value is no map")
    }
    var cursor = try SortedMap.Cursor(bytes, at: 0)
    while try cursor.advance() {
      if areEqual(cursor.key, key) {
        out.pointee = try session3_value(cursor.value)
        return SESSION3_OK
      }
    }
    return SESSION3_NOT_FOUND
  }
}

@_spi(CInterface) @_cdecl("session3_value_iterate") @implementation
public func session3_value_iterate(
  _ container: UnsafePointer<session3_value>?,
  _ iterator: UnsafeMutablePointer<session3_value_iterator>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "iterate value") { () throws(StoreError) in
    let iterator = try out(iterator)
    let bytes = try encodedValue(container).bytes
    var reader = MessagePackReader(bytes)
    var state = session3_value_iterator()
    switch try reader.next() {
    case .array(let count): (state.type, state.items_left) = (SESSION3_TYPE_ARRAY, truncated(count))
    case .map(let count): (state.type, state.items_left) = (SESSION3_TYPE_MAP, truncated(count))
    default: throw StoreError(.type, "the value is no array and no map")
    }
    state.position = bytes.baseAddress.map { $0 + reader.offset }
    state.bytes_left = bytes.count - reader.offset
    iterator.pointee = state
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_value_next") @implementation
public func session3_value_next(
  _ iterator: UnsafeMutablePointer<session3_value_iterator>?,
  _ key: UnsafeMutablePointer<session3_value>?, _ value: UnsafeMutablePointer<session3_value>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "next value") { () throws(StoreError) in
    let (iterator, value) = (try out(iterator), try out(value))
    var state = iterator.pointee
    guard [SESSION3_TYPE_ARRAY, SESSION3_TYPE_MAP].contains(state.type) else {
      throw invalid("the iterator was not started")
    }
    guard state.items_left > 0 else { return SESSION3_DONE }
    let bytes = try memory(state.position, state.bytes_left)
    var reader = MessagePackReader(bytes)
    let keyView = state.type == SESSION3_TYPE_MAP ? try reader.view() : nil
    let valueView = try reader.view()
    state.items_left -= 1
    state.position = bytes.baseAddress.map { $0 + reader.offset }
    state.bytes_left = bytes.count - reader.offset
    iterator.pointee = state
    if let keyView { key?.pointee = keyView }
    value.pointee = valueView
    return SESSION3_OK
  }
}

extension MessagePackReader {
  /// Views the next value, and passes over it.
  fileprivate mutating func view() throws(StoreError) -> session3_value {
    let start = offset
    try skip()
    return try session3_value(bytes.part(start..<offset))
  }
}
