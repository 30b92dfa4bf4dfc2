// SPDX-License-Identifier: MIT
internal import CSession3

/// Steps that name a session by its id, or none.
extension StoreRun {
  func deleteByID(_ input: inout Input) {
    let id = id(&input)
    let status = lend(id) { session3_store_delete(store, $0, $1, nil) }
    check(status, model.delete(id), "delete")
  }

  func touchByID(_ input: inout Input) {
    let id = id(&input)
    let number = input.byte()
    guard number >= 128 else {
      let status = lend(id) { session3_store_touch(store, $0, $1, nil) }
      return check(status, model.touch(id), "touch")
    }
    let time = model.now + (Int64(number) - 192) * 10_000_000
    let status = lend(id) { session3_store_set_access_time(store, $0, $1, time, nil) }
    check(status, model.touch(id, at: time), "set the access time")
  }

  func incrementByID(_ input: inout Input) {
    let (id, key) = (id(&input), key(&input))
    let number = input.byte()
    let delta = number > 250 ? Int64.max : number > 245 ? Int64.min : Int64(number) - 100
    var sum: Int64 = 0
    let status = lend(id) { start, length in
      lend(key) { session3_store_increment(store, start, length, $0, $1, delta, &sum, nil) }
    }
    let (wanted, result) = model.increment(id, key, by: delta)
    check(status, wanted, "increment")
    expect(status != SESSION3_OK || sum == result, "no increment is lost")
  }

  func consumeByID(_ input: inout Input) {
    let (id, token) = (id(&input), token(&input))
    let status = lend(id) { start, length in
      lend(token) { session3_store_consume_form_token(store, start, length, $0, $1, nil) }
    }
    check(status, model.consume(id, token), "a token passes once")
  }

  func sweepAll(_ input: inout Input) {
    let age = Int64(input.byte()) * 30_000_000
    var (deleted, remaining): (UInt64, UInt64) = (0, 0)
    let status = session3_store_sweep(store, age, &deleted, &remaining, nil)
    check(status, SESSION3_OK, "sweep")
    expect(model.sweep(olderThan: age) == Int(deleted), "a sweep deletes what is old")
    expect(Int(remaining) == model.sessions.count, "a sweep counts what remains")
  }

  func deleteUser(_ input: inout Input) {
    let user = NaiveMessagePack.text([0x41 + input.byte() % 3])
    let spared = input.byte() < 128 ? id(&input) : nil
    var deleted: UInt64 = 0
    let status = lend(user) { start, count in
      var view = session3_value()
      (view.encoded, view.encoded_length) = (UnsafeRawPointer(start), count)
      guard let spared else {
        return session3_store_delete_user_sessions(store, &view, nil, 0, &deleted, nil)
      }
      return lend(spared) {
        session3_store_delete_user_sessions(store, &view, $0, $1, &deleted, nil)
      }
    }
    if let spared, !StoreModel.isID(spared) {
      return check(status, SESSION3_E_INVALID, "an id to spare is an id")
    }
    check(status, SESSION3_OK, "delete a user's sessions")
    expect(model.deleteSessions(ofUser: user, except: spared) == Int(deleted), "all of the user's")
  }

  /// Loads and saves as bindings do, with nobody between.
  func saveEncoded(_ input: inout Input) {
    let id = id(&input)
    let given = input.take(input.number(below: 48))
    var snapshot = session3_snapshot()
    snapshot.size = MemoryLayout<session3_snapshot>.size
    let room = exact([UInt8](repeating: 0, count: 8192))
    var length = 0
    let loaded = lend(id) {
      session3_store_load_encoded(store, $0, $1, &snapshot, room.start, room.count, &length, nil)
    }
    let stored = model.sessions[id]
    var copy = stored.map { CopyModel(id: id, $0) } ?? CopyModel(id: id)
    guard loaded != SESSION3_E_TOO_SMALL else {
      return expect(length == stored?.content.encoded.count, "the needed length is told")
    }
    check(loaded, stored == nil ? SESSION3_NOT_FOUND : SESSION3_OK, "load encoded")
    var out = session3_buffer()
    out.size = MemoryLayout<session3_buffer>.size
    let status = lend(id) { start, count in
      lend(given) {
        session3_store_save_encoded(
          store, start, count, &snapshot, room.start, length, $0, $1, 0, &out, nil)
      }
    }
    defer { session3_buffer_dispose(&out) }
    keepAlive(room)
    guard StoreModel.isID(id) else { return check(status, SESSION3_E_INVALID, "save under no id") }
    guard let payload = NaivePayload(given) else {
      return check(status, SESSION3_E_VALUE, "save encoded what is no payload")
    }
    copy.content = payload
    check(status, model.save(&copy, 0), "save encoded")
    guard status == SESSION3_OK else { return }
    let isTold = out.data != nil
    expect(isTold == (payload.encoded != given), "what is stored is told where it differs")
    expect(!isTold || bytes(out.data, out.length) == payload.encoded, "it is told right")
  }

  /// Arguments that are wrong change nothing, and say so.
  func callBadly(_ input: inout Input) {
    let number = input.byte()
    let session = copies[Int(number >> 4) % copies.count]?.handle
    var (pointer, value): (OpaquePointer?, session3_value) = (nil, session3_value())
    let status =
      switch number % 12 {
      case 0: session3_store_load(nil, nil, 0, &pointer, nil)
      case 1: session3_store_load(store, nil, 5, &pointer, nil)
      case 2: session3_store_load(store, nil, 0, nil, nil)
      case 3: session3_store_save(store, nil, 0, nil)
      case 4: session3_store_save(nil, session, 0, nil)
      case 5: session3_store_sweep(store, -1, nil, nil, nil)
      case 6: session3_session_get(session, nil, 3, &value, nil)
      case 7: session3_session_set_payload(session, nil, 0, nil)
      case 8: session3_store_delete_old_sessions(store, .nan, nil, nil, nil)
      case 9: session3_session_create_form_token(session, nil, nil)
      case 10: session3_store_renew(store, nil, 0, nil)
      default: session3_manager_new(nil, nil, &pointer, nil)
      }
    check(status, SESSION3_E_INVALID, "wrong arguments are told")
    expect(pointer == nil, "and make nothing")
  }
}
