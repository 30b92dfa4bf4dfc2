// SPDX-License-Identifier: MIT
internal import CSession3

/// Steps with a session in hand.
extension StoreRun {
  func makeCopy(_ input: inout Input) {
    let slot = input.number(below: copies.count)
    let number = input.byte()
    var session: OpaquePointer?
    guard number < 192 else {
      expect(session3_session_new(nil, 0, &session, nil) == SESSION3_OK, "a session without an id")
      return put(session.map { Copy(handle: $0, model: CopyModel(id: nil)) }, in: slot)
    }
    let id = Self.ids[Int(number) % Self.ids.count]
    let status = lend(id) { session3_session_new($0, $1, &session, nil) }
    check(status, StoreModel.isID(id) ? SESSION3_OK : SESSION3_E_INVALID, "a session with an id")
    put(session.map { Copy(handle: $0, model: CopyModel(id: id)) }, in: slot)
  }

  func loadCopy(_ input: inout Input) {
    let slot = input.number(below: copies.count)
    let id = id(&input)
    var session: OpaquePointer?
    let status = lend(id) { session3_store_load(store, $0, $1, &session, nil) }
    let stored = model.sessions[id]
    check(status, stored == nil ? SESSION3_NOT_FOUND : SESSION3_OK, "load")
    guard let session, let stored else {
      return expect(session == nil, "no session where none was found")
    }
    put(Copy(handle: session, model: CopyModel(id: id, stored)), in: slot)
  }

  /// Does something with the copy of a slot, if there is one, and checks what became of it.
  func withCopy(_ input: inout Input, _ body: (inout Copy, inout Input) -> Void) {
    let slot = input.number(below: copies.count)
    guard var copy = copies[slot] else { return }
    body(&copy, &input)
    check(copy)
    copies[slot] = copy
  }

  func change(_ copy: inout Copy, _ verb: UInt8, _ input: inout Input) {
    switch verb {
    case 4, 5: set(&copy, &input)
    case 6: remove(&copy, &input)
    case 7: setUser(&copy, &input)
    case 8: setFields(&copy, &input)
    case 9: makeToken(&copy)
    case 10: removeToken(&copy, &input)
    case 11: setPayload(&copy, &input)
    case 12, 13, 14: save(&copy, &input)
    case 15: create(&copy)
    case 16: renew(&copy, &input)
    default:
      check(
        session3_store_delete_unchanged(store, copy.handle, nil),
        model.deleteUnchanged(copy.model), "delete unchanged")
    }
  }

  /// A value of the input in canonical form, or nil for bytes that are none; and the bytes.
  private func value(_ input: inout Input) -> (given: [UInt8], canonical: [UInt8]?) {
    let kind = input.byte()
    let given: [UInt8]
    switch kind % 6 {
    case 0: given = NaiveMessagePack.integer(Int128(Int8(bitPattern: input.byte())))
    case 1: given = NaiveMessagePack.text([UInt8](repeating: 0x74, count: input.number(below: 40)))
    case 2:
      given = NaiveMessagePack.text([UInt8](repeating: 0x62, count: 20 * Int(input.byte())))
    case 3: given = [0xcf] + NaiveMessagePack.big(UInt64.max - UInt64(input.byte()), 8)
    case 4: given = [0xd3] + NaiveMessagePack.big(UInt64(input.byte()), 8)
    default: given = input.take(input.number(below: 12))
    }
    return (given, NaiveMessagePack.canonical(given))
  }

  private func set(_ copy: inout Copy, _ input: inout Input) {
    let key = key(&input)
    let (given, canonical) = value(&input)
    let status = lend(given) { start, count in
      var view = session3_value()
      (view.encoded, view.encoded_length) = (UnsafeRawPointer(start), count)
      return lend(key) { session3_session_set(copy.handle, $0, $1, &view, nil) }
    }
    guard let canonical, isText(key) else {
      return check(
        status, given.isEmpty ? SESSION3_E_INVALID : SESSION3_E_VALUE, "set what can't be stored")
    }
    check(status, SESSION3_OK, "set")
    copy.model.content.attributes[key] = canonical
  }

  private func remove(_ copy: inout Copy, _ input: inout Input) {
    guard input.byte() < 224 else {
      check(session3_session_remove_all(copy.handle, nil), SESSION3_OK, "remove all")
      copy.model.content.attributes = [:]
      return
    }
    let key = key(&input)
    let status = lend(key) { session3_session_remove(copy.handle, $0, $1, nil) }
    let old = copy.model.content.attributes.removeValue(forKey: key)
    check(status, old == nil ? SESSION3_NOT_FOUND : SESSION3_OK, "remove")
  }

  private func setUser(_ copy: inout Copy, _ input: inout Input) {
    let number = input.byte()
    guard number < 192 else {
      let status = session3_session_set_user_text(copy.handle, nil, 0, nil)
      check(status, SESSION3_OK, "log out in memory")
      return copy.model.content.setUser(nil)
    }
    let user = number == 191 ? [0x80] : [0x41 + number % 3]
    let status = lend(user) { session3_session_set_user_text(copy.handle, $0, $1, nil) }
    check(status, isText(user) ? SESSION3_OK : SESSION3_E_VALUE, "set the user")
    if isText(user) { copy.model.content.setUser(NaiveMessagePack.text(user)) }
  }

  private func setFields(_ copy: inout Copy, _ input: inout Input) {
    let number = input.byte()
    guard number < 128 else {
      let address = [0x30 + number % 10]
      let status = lend(address) { session3_session_set_remote_address(copy.handle, $0, $1, nil) }
      check(status, SESSION3_OK, "set the address")
      copy.model.content.fields[NaivePayload.address] = NaiveMessagePack.text(address)
      return
    }
    let wanted = UInt32(number % 4)
    let status = session3_session_set_persistence(copy.handle, wanted, nil)
    guard wanted < 3 else { return check(status, SESSION3_E_INVALID, "an unknown persistence") }
    check(status, SESSION3_OK, "set the persistence")
    let forms: [[UInt8]?] = [nil, [0xc2], [0xc3]]
    copy.model.content.fields[NaivePayload.persistent] = forms[Int(wanted)]
  }

  private func makeToken(_ copy: inout Copy) {
    let room = exact([UInt8](repeating: 0, count: Int(SESSION3_TOKEN_LENGTH) + 1))
    let status = session3_session_create_form_token(
      copy.handle, room.start.assumingMemoryBound(to: CChar.self), nil)
    check(status, SESSION3_OK, "make a token")
    let token = Array(array(room).dropLast())
    expect(!tokens.contains(token), "a token is made once")
    tokens.append(token)
    copy.model.content.addToken(token)
  }

  private func removeToken(_ copy: inout Copy, _ input: inout Input) {
    let token = token(&input)
    let isKnown = copy.model.content.tokens.contains(token)
    let has = lend(token) { session3_session_has_form_token(copy.handle, $0, $1) }
    expect(has == isKnown, "a token is remembered or not")
    guard input.byte() < 128 else { return }
    let status = lend(token) { session3_session_remove_form_token(copy.handle, $0, $1, nil) }
    check(status, isKnown ? SESSION3_OK : SESSION3_NOT_FOUND, "forget a token")
    copy.model.content.tokens.removeAll { $0 == token }
  }

  private func setPayload(_ copy: inout Copy, _ input: inout Input) {
    let given = input.take(input.number(below: 48))
    let payload = NaivePayload(given)
    let status = lend(given) { session3_session_set_payload(copy.handle, $0, $1, nil) }
    check(status, payload == nil ? SESSION3_E_VALUE : SESSION3_OK, "set the payload")
    if let payload { copy.model.content = payload }
  }

  // MARK: To the store

  private func policy(_ input: inout Input) -> UInt32 {
    let known: [UInt32] = [0, 1, 2, 3, 0x100, 0x101, 0x102, 0x103, 4, 0x200]
    return known[input.number(below: known.count)]
  }

  private func save(_ copy: inout Copy, _ input: inout Input) {
    let policy = policy(&input)
    let status = session3_store_save(store, copy.handle, policy, nil)
    check(status, model.save(&copy.model, policy), "save")
  }

  private func create(_ copy: inout Copy) {
    let hadID = copy.model.id != nil
    let status = session3_store_create(store, copy.handle, nil)
    let made = hadID || status != SESSION3_OK ? nil : id(of: copy.handle)
    if let made { noteMade(made) }
    check(status, model.create(&copy.model, made: made), "create")
  }

  private func renew(_ copy: inout Copy, _ input: inout Input) {
    let policy = policy(&input)
    let status = session3_store_renew(store, copy.handle, policy, nil)
    let made = status == SESSION3_OK ? id(of: copy.handle) : nil
    if let made { noteMade(made) }
    check(status, model.renew(&copy.model, policy, made: made), "renew")
  }
}
