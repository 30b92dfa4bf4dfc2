// SPDX-License-Identifier: MIT
public import CSession3

@_spi(CInterface) @_cdecl("session3_session_authenticated_us") @implementation
public func session3_session_authenticated_us(_ session: OpaquePointer?) -> Int64 {
  objectIfAny(session, Session.self)?.authenticated ?? 0
}

@_spi(CInterface) @_cdecl("session3_session_set_authenticated_us") @implementation
public func session3_session_set_authenticated_us(
  _ session: OpaquePointer?,
  _ time_us: Int64,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set authenticated") { () throws(StoreError) in
    try object(session, Session.self).setAuthenticated(time_us == 0 ? nil : time_us)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_set_persistence") @implementation
public func session3_session_set_persistence(
  _ session: OpaquePointer?,
  _ persistence: session3_persistence,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "set persistence") { () throws(StoreError) in
    let session = try object(session, Session.self)
    let isPersistent: Bool?
    switch persistence {
    case SESSION3_PERSISTENCE_DEFAULT: isPersistent = nil
    case SESSION3_PERSISTENCE_BROWSER: isPersistent = false
    case SESSION3_PERSISTENCE_PERSISTENT: isPersistent = true
    default: throw invalid("an unknown persistence")
    }
    try session.setPersistent(isPersistent)
    return SESSION3_OK
  }
}

@_spi(CInterface) @_cdecl("session3_session_persistence") @implementation
public func session3_session_persistence(_ session: OpaquePointer?) -> session3_persistence {
  switch objectIfAny(session, Session.self)?.isPersistent {
  case true?: SESSION3_PERSISTENCE_PERSISTENT
  case false?: SESSION3_PERSISTENCE_BROWSER
  case nil: SESSION3_PERSISTENCE_DEFAULT
  }
}
