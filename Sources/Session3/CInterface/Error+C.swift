// SPDX-License-Identifier: MIT
public import CSession3
internal import CSession3System

@_cdecl("session3_status_text") @implementation
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

/// Writes text into memory of a fixed size, cut between characters where it is too long.
private struct MessageWriter {
  private let memory: UnsafeMutableRawBufferPointer
  private var count = 0

  init(_ memory: UnsafeMutableRawBufferPointer) {
    self.memory = memory
  }

  /// "save: /srv/sessions, session 0a1b2c3d4e5f: pwrite: No space left on device (ENOSPC)"
  mutating func write(_ error: StoreError) {
    if let operation = error.operation { part(operation.bytes) }
    if let place = error.place { part(place) }
    if let attribute = error.attribute { part("attribute " + attribute) }
    if let detail = error.detail { append(detail) } else { append(error.cause.bytes) }
    if error.systemErrno != 0 {
      append(": ")
      append(system_error_text(error.systemErrno))
      append(" (")
      append(system_error_name(error.systemErrno))
      append(")")
    }
    if let offset = error.offset {
      append(" at byte ")
      appendNumber(offset)
    }
  }

  /// Ends the text with a NUL.
  func finish() {
    memory[count] = 0
  }

  /// A place or an attribute, not so long that it would push the cause out.
  private mutating func part(_ text: String) {
    let utf8 = text.utf8
    if utf8.count > Self.longestPart {
      append(String(decoding: utf8.prefix(Self.longestPart), as: UTF8.self))
      append("...")
    } else {
      append(text)
    }
    append(": ")
  }

  private static var longestPart: Int { 80 }

  private mutating func part(_ text: UnsafeRawBufferPointer) {
    append(text)
    append(": ")
  }

  /// A NUL would hide the rest, and the end of a line would forge another in a log.
  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      let write = { (run: UnsafeRawBufferPointer) throws(StoreError) in append(run) }
      // Only what is called could throw, and that does not.
      try? PrintableText.forEachRun(of: UnsafeRawBufferPointer(utf8), write)
    }
  }

  private mutating func append(_ text: UnsafePointer<CChar>?) {
    guard let text else { return }
    append(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }

  private mutating func append(_ bytes: UnsafeRawBufferPointer) {
    var length = min(bytes.count, memory.count - 1 - count)
    // Not within a character: back to a byte that begins one.
    while length > 0, length < bytes.count, bytes[length] & 0xc0 == 0x80 { length -= 1 }
    for index in 0..<length { memory[count + index] = bytes[index] }
    count += length
  }

  private mutating func appendNumber(_ number: Int) {
    if number >= 10 { appendNumber(number / 10) }
    withUnsafeBytes(of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)) { append($0) }
  }
}
