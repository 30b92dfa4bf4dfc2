// SPDX-License-Identifier: MIT

extension Session {
  /// Describes the session for logs and debuggers: user, address, times, and the attributes' keys
  /// with type and size. Neither the id nor a token nor an attribute's content is in it.
  func describe() throws(StoreError) -> ByteBuffer {
    let text = Description(buffer: try ByteBuffer.make(capacity: 256))
    try text.append("session (")
    if let user = try field(Payload.user) {
      try text.append("user ")
      try text.append(shown: EncodedValue(bytes: user))
    } else {
      try text.append("no user")
    }
    try text.append(")")
    if let address = try field(Payload.remoteAddress) {
      try text.append(", remote address ")
      try text.append(shown: EncodedValue(bytes: address))
    }
    try text.append(", created ")
    try text.append(time: created)
    try text.append(", last accessed ")
    try text.append(time: accessed)
    if let attributes = try field(Payload.attributes) {
      try text.append(", attributes")
      var separator: StaticString = ": "
      var cursor = try SortedMap.Cursor(attributes, at: 0)
      while try cursor.advance() {
        try text.append(separator)
        try text.append(printable: cursor.key)
        try text.append(" ")
        try text.append(kindOf: EncodedValue(bytes: cursor.valueBytes))
        separator = ", "
      }
    }
    return text.buffer
  }
}

/// Text for people, appended piece by piece.
private struct Description {
  let buffer: ByteBuffer

  func append(_ text: StaticString) throws(StoreError) {
    try buffer.append(text.bytes)
  }

  func append(printable text: UnsafeRawBufferPointer) throws(StoreError) {
    try PrintableText.forEachRun(of: text) { (run) throws(StoreError) in try buffer.append(run) }
  }

  func append(number: UInt64, digits: Int = 1) throws(StoreError) {
    if number >= 10 || digits > 1 { try append(number: number / 10, digits: digits - 1) }
    try buffer.append(byte: UInt8(ascii: "0") + UInt8(number % 10))
  }

  /// A user or address: text and integers as they are, others by their type.
  func append(shown value: EncodedValue) throws(StoreError) {
    switch try value.token() {
    case .text(let range): try append(printable: value.bytes.part(range))
    case .int(let number):
      if number < 0 { try append("-") }
      try append(number: number.magnitude)
    case .uint(let number): try append(number: number)
    default: try append(kindOf: value)
    }
  }

  func append(kindOf value: EncodedValue) throws(StoreError) {
    switch try value.token() {
    case .null: try append("nil")
    case .bool: try append("bool")
    case .int, .uint: try append("int")
    case .double: try append("double")
    case .timestamp: try append("timestamp")
    case .text(let range): try append("text", size: range.count)
    case .binary(let range): try append("binary", size: range.count)
    case .array(let count): try append("array", size: count)
    case .map(let count): try append("map", size: count)
    }
  }

  private func append(_ kind: StaticString, size: Int) throws(StoreError) {
    try append(kind)
    try append("(")
    try append(number: UInt64(max(0, size)))
    try append(")")
  }

  /// RFC 3339 in UTC, to the second.
  func append(time: Int64) throws(StoreError) {
    let seconds = Timestamp(microseconds: time).seconds
    let secondOfDay = UInt64(((seconds % 86_400) + 86_400) % 86_400)
    let date = CivilDate(dayNumber: (seconds - Int64(secondOfDay)) / 86_400)
    if date.year < 0 { try append("-") }
    try append(number: date.year.magnitude, digits: 4)
    try append("-")
    try append(number: UInt64(date.month), digits: 2)
    try append("-")
    try append(number: UInt64(date.day), digits: 2)
    try append("T")
    try append(number: secondOfDay / 3_600, digits: 2)
    try append(":")
    try append(number: secondOfDay / 60 % 60, digits: 2)
    try append(":")
    try append(number: secondOfDay % 60, digits: 2)
    try append("Z")
  }
}

/// A day of the proleptic Gregorian calendar.
private struct CivilDate {
  let year: Int64
  let month: Int64
  let day: Int64

  /// The date of a day counted from 1970-01-01; by eras of 400 years that begin on 1 March, so that
  /// a leap day comes last.
  init(dayNumber: Int64) {
    let shifted = dayNumber + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}
