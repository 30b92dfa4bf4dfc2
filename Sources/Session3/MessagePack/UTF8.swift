// SPDX-License-Identifier: MIT

/// Whether bytes are UTF-8 by RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
func isValidUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
  if isASCII(bytes) { return true }
  var index = 0
  while index < bytes.count {
    let length = bytes[index] < 0x80 ? 1 : lengthOfScalar(bytes, at: index)
    guard length > 0 else { return false }
    index += length
  }
  return true
}

/// Whether no byte has its highest bit set; eight at a time, the last eight once more where they
/// overlap.
@inline(__always)
func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
  let count = bytes.count
  var seen: UInt64 = 0
  if count >= 8 {
    var offset = 0
    while offset < count &- 8 {
      seen |= bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      offset &+= 8
    }
    seen |= bytes.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
  } else if count >= 4 {
    seen = UInt64(bytes.loadUnaligned(as: UInt32.self))
    seen |= UInt64(bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
  } else {
    for byte in bytes { seen |= UInt64(byte) }
  }
  return seen & 0x8080_8080_8080_8080 == 0
}

/// The bytes of the well-formed scalar beyond ASCII at `index`, or 0. Table 3-7 of the Unicode
/// standard.
private func lengthOfScalar(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
  let lead = bytes[index]
  let length: Int
  var second: ClosedRange<UInt8> = 0x80...0xbf
  switch lead {
  case 0xc2...0xdf: length = 2
  case 0xe0:
    length = 3
    second = 0xa0...0xbf
  case 0xed:
    length = 3
    second = 0x80...0x9f
  case 0xe1...0xef: length = 3
  case 0xf0:
    length = 4
    second = 0x90...0xbf
  case 0xf4:
    length = 4
    second = 0x80...0x8f
  case 0xf1...0xf3: length = 4
  default: return 0
  }
  guard index <= bytes.count - length, second.contains(bytes[index + 1]) else { return 0 }
  for offset in 2..<max(length, 2) where bytes[index + offset] & 0xc0 != 0x80 { return 0 }
  return length
}
