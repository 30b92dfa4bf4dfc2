// SPDX-License-Identifier: MIT
public import CSession3

@_spi(CInterface) @_cdecl("session3_id_list_append") @implementation
public func session3_id_list_append(
  _ ids: OpaquePointer?,
  _ id: UnsafePointer<CChar>?,
  _ length: Int,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "append id") { () throws(StoreError) in
    let list = try object(ids, SessionIDList.self)
    list.ids.append(try sessionID(id, length))
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_store_open_custom") @implementation
public func session3_store_open_custom(
  _ callbacks: UnsafePointer<session3_store_callbacks>?, _ context: UnsafeMutableRawPointer?,
  _ options: UnsafePointer<session3_memory_options>?,
  _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "open") { () throws(StoreError) in
    out?.pointee = nil
    guard let callbacks else { throw invalid("the callbacks are NULL") }
    do throws(StoreError) {
      var given = session3_store_callbacks()
      try sized(callbacks, minimum: 72, into: &given)
      let out = try Session3.out(out)
      try check(given)
      let options = try MemoryOptions(options)
      let salt = try Randomness.salt()
      let store = HostSessionStore(
        given, context: context, maximumPayload: options.maximumPayload, clock: options.clock,
        log: options.log, salt: salt)
      out.pointee = handle(
        owning: SessionRepository(
          store, policy: options.policy, resolution: options.accessResolution))
    } catch {
      // The context is ours from here on, so it ends with us.
      if callbacks.pointee.size >= 24 { callbacks.pointee.destroy?(context) }
      throw error
    }
    return SESSION3_OK
  }
}

private func check(_ callbacks: session3_store_callbacks) throws(StoreError) {
  let known = SESSION3_STORE_MULTIPROCESS_SAFE | SESSION3_STORE_THREAD_SAFE
  guard callbacks.flags & ~known == 0, callbacks.reserved == 0 else {
    throw invalid("an unknown flag")
  }
  guard callbacks.read != nil, callbacks.write != nil, callbacks.remove != nil,
    callbacks.touch != nil, callbacks.ids != nil
  else { throw invalid("a required callback is NULL") }
}
