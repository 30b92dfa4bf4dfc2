// SPDX-License-Identifier: MIT

/// UTF-8 for one line of a log, whatever a visitor put into it: a control character, or one that
/// some readers take for the end of a line, becomes a question mark.
enum PrintableText {
  /// Hands out the text, run by run.
  static func forEachRun(
    of text: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) {
    let mark: StaticString = "?"
    var start = 0
    var index = 0
    while index < text.count {
      let length = unprintableLength(text, at: index)
      if length == 0 {
        index += 1
        continue
      }
      try body(text.part(start..<index))
      try body(mark.bytes)
      index += length
      start = index
    }
    try body(text.part(start..<text.count))
  }

  /// The bytes of a character at `index` that is not to be shown, or 0: C0 and C1 controls, DEL, and
  /// U+2028 and U+2029.
  private static func unprintableLength(_ text: UnsafeRawBufferPointer, at index: Int) -> Int {
    let left = text.count - index
    switch text[index] {
    case 0x00..<0x20, 0x7f: return 1
    case 0xc2 where left >= 2 && text[index + 1] < 0xa0: return 2
    case 0xe2 where left >= 3 && text[index + 1] == 0x80 && text[index + 2] & 0xfe == 0xa8: return 3
    default: return 0
    }
  }
}
