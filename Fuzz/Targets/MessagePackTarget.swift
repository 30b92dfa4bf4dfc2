// SPDX-License-Identifier: MIT
internal import CSession3

/// Any bytes as a value, and as a payload: the library takes and refuses what the naive reader does,
/// and makes the same canonical bytes of it.
@_cdecl("fuzz_messagepack")
public func fuzzMessagePack(_ data: UnsafePointer<UInt8>?, _ size: Int) {
  var input = Input(data, size)
  let bytes = input.rest()
  checkValue(bytes)
  checkPayload(bytes)
}

private func checkValue(_ bytes: [UInt8]) {
  let given = exact(bytes)
  let wanted = NaiveMessagePack.canonical(bytes)
  let made = attempt(failing: [.value], "a value fails as such") { () throws(StoreError) in
    try EncodedValue(bytes: given.bytes).canonical()
  }
  expect(made.map { array($0) } == wanted, "a value is taken, and made canonical, as documented")

  var reader = MessagePackReader(given.bytes)
  let isChecked: Void? = attempt(failing: [.value], "a check fails as such") {
    () throws(StoreError) in try reader.check()
  }
  expect((isChecked != nil && reader.isAtEnd) == (wanted != nil), "check and canonical agree")
  var view = session3_value()
  let status = session3_value_parse(given.bytes.baseAddress, bytes.count, &view, nil)
  expect(status == (wanted == nil ? SESSION3_E_VALUE : SESSION3_OK), "session3_value_parse agrees")
  if wanted != nil {
    expect(reader.isCanonical == (bytes == wanted), "only what is canonical is said to be")
    checkRewriting(view, to: wanted ?? [])
  }
  keepAlive(made)
  keepAlive(given)
}

/// Walks a value by the C interface, writes each of its parts anew, and has the canonical bytes.
private func checkRewriting(_ view: session3_value, to wanted: [UInt8]) {
  var writer: OpaquePointer?
  expect(session3_writer_new(&writer, nil) == SESSION3_OK, "a writer")
  defer { session3_writer_free(writer) }
  rewrite(view, to: writer)
  var whole = session3_value()
  expect(session3_writer_finish(writer, &whole, nil) == SESSION3_OK, "what was read can be written")
  let made = Array(UnsafeRawBufferPointer(start: whole.encoded, count: whole.encoded_length))
  expect(made == wanted, "writing every part makes canonical bytes")
  expect(whole.type == view.type && whole.count == view.count, "type and count stay")
}

private func rewrite(_ view: session3_value, to writer: OpaquePointer?) {
  var view = view
  switch view.type {
  case SESSION3_TYPE_ARRAY, SESSION3_TYPE_MAP: rewriteItems(of: view, to: writer)
  case SESSION3_TYPE_TEXT:
    var text: UnsafePointer<CChar>?
    var length = 0
    expect(session3_value_get_text(&view, &text, &length, nil) == SESSION3_OK, "a text")
    expect(length == Int(view.count), "its length")
    expect(session3_writer_text(writer, text, length, nil) == SESSION3_OK, "a text is written")
  case SESSION3_TYPE_INT:
    var number: Int64 = 0
    expect(session3_value_get_int(&view, &number, nil) == SESSION3_OK, "an integer")
    expect(session3_writer_int(writer, number, nil) == SESSION3_OK, "an integer is written")
  case SESSION3_TYPE_UINT:
    var number: UInt64 = 0
    expect(session3_value_get_uint(&view, &number, nil) == SESSION3_OK, "a large integer")
    expect(number > Int64.max.magnitude, "it is large")
    expect(session3_writer_uint(writer, number, nil) == SESSION3_OK, "a large one is written")
  default:
    // A timestamp has parts that microseconds don't show; the others have but one form each.
    expect(session3_writer_value(writer, &view, nil) == SESSION3_OK, "a value is written")
  }
}

private func rewriteItems(of view: session3_value, to writer: OpaquePointer?) {
  var view = view
  let isMap = view.type == SESSION3_TYPE_MAP
  let status =
    isMap
    ? session3_writer_map(writer, view.count, nil) : session3_writer_array(writer, view.count, nil)
  expect(status == SESSION3_OK, "a container is begun")
  var (iterator, key, item) = (session3_value_iterator(), session3_value(), session3_value())
  expect(session3_value_iterate(&view, &iterator, nil) == SESSION3_OK, "a container is walked")
  for index in 0..<Int(view.count) {
    expect(session3_value_next(&iterator, &key, &item, nil) == SESSION3_OK, "as many as counted")
    if isMap {
      rewrite(key, to: writer)
    } else if index < 8 {
      var same = session3_value()
      expect(session3_value_element(&view, index, &same, nil) == SESSION3_OK, "an element")
      expect(same.encoded == item.encoded, "an index leads to the element of that place")
    }
    rewrite(item, to: writer)
  }
  expect(session3_value_next(&iterator, &key, &item, nil) == SESSION3_DONE, "not more than counted")
}

private func checkPayload(_ bytes: [UInt8]) {
  let given = exact(bytes)
  let wanted = NaivePayload(bytes)?.encoded
  let made = attempt(failing: [.value], "a payload fails as such") { () throws(StoreError) in
    try Payload.canonical(given.bytes)
  }
  let canonical = made.map { array($0, from: Payload.root) }
  expect(canonical == wanted, "a payload is taken, and made canonical, as documented")
  let isCanonical = attempt(failing: [.value], "a check fails as such") { () throws(StoreError) in
    try Payload.check(given.bytes)
  }
  expect((isCanonical == nil) == (wanted == nil), "check and canonical agree on payloads")
  let inFull = attempt(failing: [.value], "a full check fails as such") { () throws(StoreError) in
    try Payload.checkInFull(given.bytes)
  }
  expect(isCanonical == inFull, "the quick look says no more than the full check")
  let isSaid = isCanonical ?? (bytes == wanted)
  expect(isSaid == (bytes == wanted), "only what is canonical is said to be")
  if let canonical {
    let again = exact(canonical)
    let twice = must("canonical bytes are valid") { () throws(StoreError) in
      try Payload.canonical(again.bytes)
    }
    expect(array(twice, from: Payload.root) == canonical, "canonical bytes stay as they are")
    keepAlive(again)
  }
  checkSession(given, isValid: wanted != nil, canonical ?? [0x80])
  keepAlive(given)
}

/// The same through a session's handle.
private func checkSession(_ payload: ByteBuffer, isValid: Bool, _ wanted: [UInt8]) {
  var session: OpaquePointer?
  expect(session3_session_new(nil, 0, &session, nil) == SESSION3_OK, "a session")
  defer { session3_session_free(session) }
  var error = session3_error()
  error.size = MemoryLayout<session3_error>.size
  let status = session3_session_set_payload(
    session, payload.bytes.baseAddress, payload.count, &error)
  expect(status == (isValid ? SESSION3_OK : SESSION3_E_VALUE), "setting a payload agrees")
  var data: UnsafeRawPointer?
  var length = 0
  expect(session3_session_payload(session, &data, &length, nil) == SESSION3_OK, "a payload")
  let held = Array(UnsafeRawBufferPointer(start: data, count: length))
  expect(held == wanted, "a session holds the canonical payload, or on failure what it held")
  var text = session3_buffer()
  text.size = MemoryLayout<session3_buffer>.size
  expect(session3_session_describe(session, &text, nil) == SESSION3_OK, "any session is described")
  let shown = Array(UnsafeRawBufferPointer(start: text.data, count: text.length))
  expect(isText(shown), "a description is text")
  session3_buffer_dispose(&text)
}
