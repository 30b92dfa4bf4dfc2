// SPDX-License-Identifier: MIT

extension ByteBuffer {
  func append(_ text: StaticString) throws(StoreError) {
    try append(text.bytes)
  }

  /// Appends a decimal number, with zeros in front up to `digits`.
  func append(number: UInt64, digits: Int = 1) throws(StoreError) {
    if number >= 10 || digits > 1 { try append(number: number / 10, digits: digits - 1) }
    try append(byte: UInt8(ascii: "0") + UInt8(number % 10))
  }

  /// Appends a time of the day: "23:59:59".
  func append(clock time: CivilTime) throws(StoreError) {
    try append(number: time.hour, digits: 2)
    try append(":")
    try append(number: time.minute, digits: 2)
    try append(":")
    try append(number: time.second, digits: 2)
  }
}
