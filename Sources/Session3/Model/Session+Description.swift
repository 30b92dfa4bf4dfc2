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
        try text.append(kindOf: EncodedValue(bytes: cursor.value))
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
    try buffer.append(text)
  }

  func append(printable text: UnsafeRawBufferPointer) throws(StoreError) {
    try PrintableText.forEachRun(of: text) { (run) throws(StoreError) in try buffer.append(run) }
  }

  func append(number: UInt64, digits: Int = 1) throws(StoreError) {
    try buffer.append(number: number, digits: digits)
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
    let time = CivilTime(seconds: Timestamp(microseconds: time).seconds)
    if time.date.year < 0 { try append("-") }
    try append(number: time.date.year.magnitude, digits: 4)
    try append("-")
    try append(number: UInt64(time.date.month), digits: 2)
    try append("-")
    try append(number: UInt64(time.date.day), digits: 2)
    try append("T")
    try buffer.append(clock: time)
    try append("Z")
  }
}
