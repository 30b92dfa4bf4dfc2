// SPDX-License-Identifier: MIT
internal import CSession3System

/// Writes text into memory of a fixed size, cut between characters where it is too long.
struct MessageWriter {
  private let memory: UnsafeMutableRawBufferPointer
  /// How many bytes were written.
  private(set) var count = 0

  /// `memory`: not empty.
  init(_ memory: UnsafeMutableRawBufferPointer) {
    self.memory = memory
  }

  /// "save: /srv/sessions, session 0a1b2c3d4e5f: pwrite: No space left on device (ENOSPC)"
  mutating func write(_ error: StoreError, namesAttribute: Bool = true) {
    if let operation = error.details.operation { part(operation.bytes) }
    if let place = error.place { part(place: place) }
    if namesAttribute, let attribute = error.attribute { part("attribute " + attribute) }
    if let detail = error.details.detail {
      append(detail)
    } else {
      append(error.details.cause.bytes)
    }
    if error.systemErrno != 0 {
      append(": ")
      append(system_error_text(error.systemErrno))
      append(" (")
      append(system_error_name(error.systemErrno))
      append(")")
    }
    if let offset = error.offset {
      append(" at byte ")
      appendNumber(UInt64(max(offset, 0)))
    }
  }

  /// Ends the text with a NUL.
  func finish() {
    memory[count] = 0
  }

  /// A place, not so long that it would push the cause out: its end tells more, the directory's
  /// own name and the session's short hash.
  mutating func part(place: String) {
    let utf8 = place.utf8
    if utf8.count > Self.longestPart {
      append("...")
      let end = utf8.suffix(Self.longestPart).drop { $0 & 0xc0 == 0x80 }
      append(String(decoding: end, as: UTF8.self))
    } else {
      append(place)
    }
    append(": ")
  }

  /// An attribute, not so long that it would push the cause out.
  mutating func part(_ text: String) {
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

  mutating func part(_ text: UnsafeRawBufferPointer) {
    append(text)
    append(": ")
  }

  /// A NUL would hide the rest, and the end of a line would forge another in a log.
  mutating func append(_ text: String) {
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

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    var length = min(bytes.count, memory.count - 1 - count)
    // Not within a character: back to a byte that begins one.
    while length > 0, length < bytes.count, bytes[length] & 0xc0 == 0x80 { length -= 1 }
    for index in 0..<length { memory[count + index] = bytes[index] }
    count += length
  }

  mutating func appendNumber(_ number: UInt64) {
    if number >= 10 { appendNumber(number / 10) }
    withUnsafeBytes(of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)) { append($0) }
  }
}
