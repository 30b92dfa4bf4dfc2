// SPDX-License-Identifier: MIT
public import CSession3

@_spi(CInterface) @_cdecl("session3_status_text") @implementation
public func session3_status_text(_ status: session3_status) -> UnsafePointer<CChar>? {
  statusText(status).cString
}

private func statusText(_ status: session3_status) -> StaticString {
  switch status {
  case SESSION3_OK: return "done"
  case SESSION3_NOT_FOUND: return "not found"
  case SESSION3_DONE: return "the iteration is over"
  case SESSION3_EXPIRED: return "the session has expired"
  default: break
  }
  switch StoreError.Code(rawValue: status) {
  case .invalid: return "invalid argument"
  case .noMemory: return "out of memory"
  case .io: return "a system call failed"
  case .corrupt: return "damaged, or not ours"
  case .format: return "stored by a later version"
  case .type: return "the value has another type"
  case .exists: return "the session exists"
  case .gone: return "the session was deleted"
  case .conflict: return "the session was changed by somebody else"
  case .busy: return "the session is locked by somebody else"
  case .tooLarge: return "too large"
  case .value: return "the value can't be stored"
  case .range: return "out of range"
  case .unsupported: return "not supported here"
  case .callback: return "a callback broke its contract"
  case .tooSmall: return "the memory given is too small"
  case .insecure: return "anybody may write to the directory"
  case nil: return "unknown status"
  }
}

extension UnsafeMutablePointer<session3_error> {
  /// Where fields end that a caller of the first version has.
  private static var firstSize: Int { 256 }

  /// Writes an error into a caller's struct, unless it is too small to be one.
  func fill(_ error: StoreError) {
    guard pointee.size >= Self.firstSize else { return }
    pointee.status = error.status
    pointee.system_errno = error.systemErrno
    withUnsafeMutableBytes(of: &pointee.message) { memory in
      var message = MessageWriter(memory)
      message.write(error)
      message.finish()
    }
  }
}
