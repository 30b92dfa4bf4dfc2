// SPDX-License-Identifier: MIT

/// Builds one value part by part, nested ones too, and takes no part that does not fit.
final class ValueBuilder {
  private let buffer: ByteBuffer
  /// The arrays and maps that are open, the innermost last.
  private var open: [Container] = []
  private var isComplete = false

  private struct Container {
    let isMap: Bool
    /// Elements, or keys and values together.
    var left: Int

    var expectsKey: Bool { isMap && left % 2 == 0 }
  }

  private init(_ buffer: ByteBuffer) {
    self.buffer = buffer
  }

  /// An empty builder.
  static func make() throws(StoreError) -> ValueBuilder {
    ValueBuilder(try ByteBuffer.make(capacity: 64))
  }

  func reset() {
    buffer.truncate(to: 0)
    open = []
    isComplete = false
  }

  /// Appends a scalar.
  ///
  /// `isText`: whether it could be a key.
  func append(
    isText: Bool = false, _ write: (MessagePackWriter) throws(StoreError) -> Void
  ) throws(StoreError) {
    try checkPlace(isText: isText)
    try restoring { (writer) throws(StoreError) in try write(writer) }
    close()
  }

  func text(_ utf8: UnsafeRawBufferPointer) throws(StoreError) {
    guard isValidUTF8(utf8) else { throw StoreError(.value, "text is not UTF-8") }
    try append(isText: true) { (writer) throws(StoreError) in try writer.text(utf8) }
  }

  /// Opens an array of so many elements, or a map of so many entries.
  func begin(count: Int, isMap: Bool) throws(StoreError) {
    try checkPlace(isText: false)
    guard open.count < MessagePackReader.maximumDepth else {
      throw StoreError(.value, "arrays and maps are nested too deep")
    }
    try restoring { (writer) throws(StoreError) in
      if isMap { try writer.map(count) } else { try writer.array(count) }
    }
    if count == 0 { return close() }
    open.append(Container(isMap: isMap, left: isMap ? 2 * count : count))
  }

  /// Appends a whole value in any MessagePack form.
  func append(encoded: UnsafeRawBufferPointer) throws(StoreError) {
    var reader = MessagePackReader(encoded)
    var isText = false
    if case .text = try reader.next() { isText = true }
    try checkPlace(isText: isText)
    reader = MessagePackReader(encoded)
    try reader.check(depth: open.count)
    guard reader.isAtEnd else {
      throw StoreError(.value, "bytes follow the value", offset: reader.offset)
    }
    try restoring { (writer) throws(StoreError) in
      var reader = MessagePackReader(encoded)
      try writer.canonical(&reader)
    }
    close()
  }

  /// The value, until the next change.
  /// - Throws: if parts are missing, or a map has a key twice.
  func finish() throws(StoreError) -> UnsafeRawBufferPointer {
    guard isComplete else { throw StoreError(.value, "the value is not complete") }
    var reader = MessagePackReader(buffer.bytes)
    try reader.check()
    return buffer.bytes
  }

  private func checkPlace(isText: Bool) throws(StoreError) {
    guard !isComplete else { throw StoreError(.value, "the value is complete already") }
    if let container = open.last, container.expectsKey, !isText {
      throw StoreError(.value, "a map's key is not text")
    }
  }

  /// Writes, or leaves the buffer as it was.
  private func restoring(
    _ write: (MessagePackWriter) throws(StoreError) -> Void
  ) throws(StoreError) {
    let count = buffer.count
    do throws(StoreError) {
      try write(MessagePackWriter(buffer: buffer))
    } catch {
      buffer.truncate(to: count)
      throw error
    }
  }

  /// Counts a finished value, and the arrays and maps that it finishes.
  private func close() {
    while let last = open.indices.last {
      open[last].left -= 1
      if open[last].left > 0 { return }
      open.removeLast()
    }
    isComplete = true
  }
}
