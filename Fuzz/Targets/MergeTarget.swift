// SPDX-License-Identifier: MIT

/// Three payloads, and what the library's merges make of them: by the model's dictionaries, or, of
/// bytes that are no payloads, anything but a trap.
///
///     flags | u16 length of base | u16 length of theirs | base | theirs | ours
///
/// With bit 0 of the flags the last two are not payloads but edits of the first.
@_cdecl("fuzz_merge")
public func fuzzMerge(_ data: UnsafePointer<UInt8>?, _ size: Int) {
  var input = Input(data, size)
  let flags = input.byte()
  let (baseLength, theirLength) = (input.word(), input.word())
  let given = [input.take(baseLength), input.take(theirLength), input.rest()]
  guard let base = NaivePayload(given[0]) else { return mergeAnything(given) }
  let isEdit = flags & 1 != 0
  let theirs = isEdit ? edited(base, by: given[1]) : NaivePayload(given[1])
  let ours = isEdit ? edited(base, by: given[2]) : NaivePayload(given[2])
  guard let theirs, let ours else { return mergeAnything(given) }
  checkMerge(base, theirs, ours)
  checkLaws(base, theirs)
}

/// A payload with some entries set and removed: small inputs lead far.
private func edited(_ base: NaivePayload, by bytes: [UInt8]) -> NaivePayload {
  var payload = base
  let names = [
    NaivePayload.user, NaivePayload.csrf, NaivePayload.address, NaivePayload.authenticated,
    NaivePayload.renewed, [0x78],
  ]
  for index in stride(from: 0, to: bytes.count - 1, by: 2) {
    let (verb, operand) = (bytes[index], bytes[index + 1])
    let key = [0x61 + operand % 4]
    let text = NaiveMessagePack.text([operand & 0x7f])
    switch verb % 7 {
    case 0: payload.attributes[key] = [operand >> 2]
    case 1: payload.attributes[key] = nil
    case 2: payload.tokens.removeAll { $0 == [0x30 + operand % 40] }
    case 3 where !payload.tokens.contains([0x30 + operand % 40]):
      payload.addToken([0x30 + operand % 40])
    case 4: payload.fields[names[Int(operand) % names.count]] = text
    case 5: payload.fields[names[Int(operand) % names.count]] = nil
    case 6: payload.setUser(operand < 128 ? text : nil)
    default: break
    }
  }
  return payload
}

private func storage(_ payload: NaivePayload) -> ByteBuffer {
  let encoded = exact(payload.encoded)
  defer { keepAlive(encoded) }
  return must("a payload of the model is valid") { () throws(StoreError) in
    try Payload.canonical(encoded.bytes)
  }
}

/// What the library makes of three payloads, taken apart.
private func result(
  _ base: NaivePayload, _ theirs: NaivePayload, _ ours: NaivePayload,
  _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, UnsafeRawBufferPointer)
    throws(StoreError) -> ByteBuffer
) -> NaivePayload {
  let (base, theirs, ours) = (storage(base), storage(theirs), storage(ours))
  let merged = must("payloads merge") { () throws(StoreError) in
    try body(base.bytes, theirs.bytes, ours.bytes)
  }
  for side in [base, theirs, ours] { keepAlive(side) }
  let bytes = array(merged, from: Payload.root)
  guard let payload = NaivePayload(bytes) else {
    expect(false, "what is merged is valid")
    return NaivePayload()
  }
  expect(payload.encoded == bytes, "what is merged is canonical")
  return payload
}

private func checkMerge(_ base: NaivePayload, _ theirs: NaivePayload, _ ours: NaivePayload) {
  let merged = result(base, theirs, ours) { (base, theirs, ours) throws(StoreError) in
    try Payload.merge(base: base, theirs: theirs, ours: ours)
  }
  let overwritten = result(base, theirs, ours) { (base, theirs, ours) throws(StoreError) in
    try Payload.overwrite(base: base, theirs: theirs, ours: ours)
  }
  // No host stores a token twice; where one stands twice the oldest gives way sooner.
  let isSet = [base, theirs, ours].allSatisfy { Set($0.tokens).count == $0.tokens.count }
  expect(
    areSame(merged, .merged(base: base, theirs: theirs, ours: ours), isSet), "merged by the rules")
  expect(
    areSame(overwritten, .overwritten(base: base, theirs: theirs, ours: ours), isSet),
    "overwritten by the rules")
  let attributes = result(base, base, ours) { (base, _, ours) throws(StoreError) in
    try Payload.attributes(of: ours, in: base)
  }
  var wanted = base
  wanted.attributes = ours.attributes
  expect(attributes == wanted, "attributes alone arrive")
}

private func areSame(_ one: NaivePayload, _ other: NaivePayload, _ areTokensSets: Bool) -> Bool {
  if areTokensSets { return one == other }
  return one.fields == other.fields && one.attributes == other.attributes
    && Set(one.tokens).isSubset(of: other.tokens)
}

/// Where one side changed nothing, the other counts: all of it, tokens as a set.
private func checkLaws(_ base: NaivePayload, _ changed: NaivePayload) {
  guard Set(base.tokens).count == base.tokens.count,
    Set(changed.tokens).count == changed.tokens.count
  else { return }
  let fromUs = result(base, base, changed) { (base, theirs, ours) throws(StoreError) in
    try Payload.merge(base: base, theirs: theirs, ours: ours)
  }
  let fromThem = result(base, changed, base) { (base, theirs, ours) throws(StoreError) in
    try Payload.merge(base: base, theirs: theirs, ours: ours)
  }
  for merged in [fromUs, fromThem] {
    expect(merged.fields == changed.fields, "what one side changed is kept: fields")
    expect(merged.attributes == changed.attributes, "what one side changed is kept: attributes")
    expect(Set(merged.tokens) == Set(changed.tokens), "what one side changed is kept: tokens")
  }
}

/// Nobody merges what was not checked; should somebody, then this traps nowhere.
private func mergeAnything(_ given: [[UInt8]]) {
  let head = [UInt8](repeating: 0, count: Payload.root)
  let (base, theirs, ours) = (
    exact(head + given[0]), exact(head + given[1]), exact(head + given[2])
  )
  _ = attempt(failing: [.value], "what is no payload fails as such") { () throws(StoreError) in
    try Payload.merge(base: base.bytes, theirs: theirs.bytes, ours: ours.bytes)
  }
  _ = attempt(failing: [.value], "what is no payload fails as such") { () throws(StoreError) in
    try Payload.overwrite(base: base.bytes, theirs: theirs.bytes, ours: ours.bytes)
  }
  for side in [base, theirs, ours] { keepAlive(side) }
}
