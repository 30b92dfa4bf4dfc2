// SPDX-License-Identifier: MIT
internal import CSession3

/// A whole request of a web server in one step, with nobody between: what the manager makes of the
/// session by include/session3/manager.h.
extension StoreRun {
  private struct Request {
    let handle: OpaquePointer
    let session: OpaquePointer
    /// The id of the cookie, where that stood for a session.
    let id: StoreModel.ID?
    var copy: CopyModel
    var isUserSet = false
    var asksForRenewal = false
    var isExpired = false
  }

  func request(_ input: inout Input) {
    var manager: OpaquePointer?
    expect(session3_manager_new(store, nil, &manager, nil) == SESSION3_OK, "a manager")
    defer { session3_manager_free(manager) }
    guard var request = start(manager, id(&input)) else { return }
    let acts = input.byte()
    if acts & 1 != 0 { act(&request, &input) }
    if acts & 2 != 0 {
      check(session3_request_renew_id(request.handle, nil), SESSION3_OK, "ask for another id")
      request.asksForRenewal = true
    }
    if acts & 12 == 12 {
      check(session3_request_expire_session(request.handle, nil), SESSION3_OK, "log out")
      request.isExpired = true
    }
    if acts & 48 == 48 {
      check(session3_request_finish_failed(request.handle, nil), SESSION3_OK, "fail")
      expect(session3_request_outcome(request.handle) == SESSION3_OUTCOME_NONE, "nothing was done")
    } else {
      finish(&request)
    }
    check(
      session3_request_finish_successful(request.handle, nil), SESSION3_E_INVALID,
      "a request finishes once")
    session3_request_free(request.handle)
  }

  private func start(_ manager: OpaquePointer?, _ id: StoreModel.ID) -> Request? {
    let noise: [UInt8] = ("x=1; session3=no/id; session3=" as StaticString).array
    var (handle, session): (OpaquePointer?, OpaquePointer?) = (nil, nil)
    let status = lend(noise + id + [0x3b]) { start, count in
      lend([0x39]) { session3_manager_start_request(manager, start, count, $0, $1, &handle, nil) }
    }
    check(status, SESSION3_OK, "start a request")
    let stored = StoreModel.isID(id) ? model.sessions[id] : nil
    check(
      session3_request_cookie_status(handle), stored == nil ? SESSION3_NOT_FOUND : SESSION3_OK,
      "what the cookie stood for")
    expect(session3_request_session(handle, &session, nil) == SESSION3_OK, "its session")
    guard let handle, let session else { return nil }
    var copy = stored.map { CopyModel(id: id, $0) } ?? CopyModel(id: nil)
    if stored == nil {
      copy.content.fields[NaivePayload.address] = NaiveMessagePack.text([0x39])
    }
    check(Copy(handle: session, model: copy))
    return Request(handle: handle, session: session, id: stored == nil ? nil : id, copy: copy)
  }

  private func act(_ request: inout Request, _ input: inout Input) {
    let number = input.byte()
    let session = request.session
    switch number % 4 {
    case 0:
      let key = [0x6b, 0x30 + number % 5]
      let status = lend(key) { session3_session_set_int(session, $0, $1, Int64(number), nil) }
      check(status, SESSION3_OK, "a page sets an attribute")
      request.copy.content.attributes[key] = NaiveMessagePack.integer(Int128(number))
    case 1:
      let user = [0x41 + number % 3]
      let status = lend(user) { session3_session_set_user_text(session, $0, $1, nil) }
      check(status, SESSION3_OK, "a page logs in")
      let before = request.copy.content.fields[NaivePayload.user]
      request.copy.content.setUser(NaiveMessagePack.text(user))
      request.isUserSet = before != request.copy.content.fields[NaivePayload.user]
    case 2:
      check(session3_session_remove_all(session, nil), SESSION3_OK, "a page removes all")
      check(session3_session_set_user_text(session, nil, 0, nil), SESSION3_OK, "and the user")
      request.copy.content.attributes = [:]
      request.copy.content.setUser(nil)
    default:
      let wanted: UInt32 = number < 128 ? SESSION3_PERSISTENCE_PERSISTENT : 1
      check(session3_session_set_persistence(session, wanted, nil), SESSION3_OK, "remember me")
      request.copy.content.fields[NaivePayload.persistent] = [number < 128 ? 0xc3 : 0xc2]
    }
    check(Copy(handle: session, model: request.copy))
  }

  private func finish(_ request: inout Request) {
    let status = session3_request_finish_successful(request.handle, nil)
    let outcome = session3_request_outcome(request.handle)
    let wanted = request.isExpired ? expire(request) : keep(&request, status)
    guard let wanted else { return check(status, SESSION3_E_TOO_LARGE, "too much to keep") }
    check(status, SESSION3_OK, "finish")
    expect(outcome == wanted, "what became of a request's session")
    checkHeader(request, outcome)
  }

  private func expire(_ request: Request) -> session3_outcome {
    if let id = request.id { _ = model.delete(id) }
    return SESSION3_OUTCOME_DELETED
  }

  /// What the manager does with the session at the end; nil if it is too large.
  private func keep(_ request: inout Request, _ status: session3_status) -> session3_outcome? {
    let copy = request.copy
    if !copy.content.hasInfo {
      guard let id = request.id else { return SESSION3_OUTCOME_NONE }
      if copy.base?.content.hasInfo == true {
        _ = model.delete(id)
        return SESSION3_OUTCOME_DELETED
      }
    }
    let isOther =
      copy.content.fields[NaivePayload.user] != copy.base?.content.fields[NaivePayload.user]
    takeTimes(&request, isLogin: isOther)
    let made = status == SESSION3_OK ? id(of: request.session) : nil
    if request.id == nil {
      if let made { noteMade(made) }
      let status = model.create(&request.copy, made: made)
      return status == SESSION3_OK ? SESSION3_OUTCOME_CREATED : nil
    }
    if isOther || request.asksForRenewal {
      if let made { noteMade(made) }
      let status = model.renew(&request.copy, SESSION3_SAVE_MERGE, made: made)
      return status == SESSION3_OK ? SESSION3_OUTCOME_RENEWED : nil
    }
    let isChanged = request.copy.isChanged
    let status = model.save(&request.copy, SESSION3_SAVE_MERGE)
    guard status == SESSION3_OK else { return nil }
    return isChanged ? SESSION3_OUTCOME_SAVED : SESSION3_OUTCOME_UNCHANGED
  }

  /// The times that the manager notes: of a login, and of a cookie that the browser keeps, which is
  /// the policy's affair, and taken from the library.
  private func takeTimes(_ request: inout Request, isLogin: Bool) {
    let held = NaivePayload(payload(of: request.session))
    if isLogin {
      let isSomebody = request.copy.content.fields[NaivePayload.user] != nil
      let (seconds, rest) = model.now.quotientAndRemainder(dividingBy: 1_000_000)
      let bits = UInt64(rest) * 1000 << 34 | UInt64(seconds)
      let canonical = NaiveMessagePack.canonical([0xd7, 0xff] + NaiveMessagePack.big(bits, 8))
      request.copy.content.fields[NaivePayload.authenticated] = isSomebody ? canonical : nil
    }
    if request.copy.content.fields[NaivePayload.persistent] == [0xc3] {
      request.copy.content.fields[NaivePayload.renewed] = held?.fields[NaivePayload.renewed]
    }
  }

  /// A header carries the id that is stored, or an empty one after a logout.
  private func checkHeader(_ request: Request, _ outcome: session3_outcome) {
    var (start, length): (UnsafePointer<CChar>?, Int) = (nil, 0)
    let status = session3_request_set_cookie(request.handle, &start, &length, nil)
    let header = bytes(start, status == SESSION3_OK ? length : 0)
    let name = ("session3=" as StaticString).array
    switch outcome {
    case SESSION3_OUTCOME_CREATED, SESSION3_OUTCOME_RENEWED:
      expect(header.starts(with: name + (request.copy.id ?? []) + [0x3b]), "the new id is sent")
    case SESSION3_OUTCOME_DELETED:
      expect(status != SESSION3_OK || header.starts(with: name + [0x3b]), "the cookie is revoked")
    case SESSION3_OUTCOME_NONE: expect(status == SESSION3_NOT_FOUND, "no cookie for nothing")
    default: break
    }
  }
}
