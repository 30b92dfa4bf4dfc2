// SPDX-License-Identifier: MIT

#if !hasFeature(Embedded)

/// What Swift hosts call: text is `String`.
extension StoreError {
  /// A failure of a store that is written in Swift.
  /// - Parameters:
  ///   - code: its kind; `.callback` where no other fits.
  ///   - detail: what happened, in the store's own words. It comes before callers and into logs, and
  ///     should name no id.
  ///   - systemErrno: `errno` of a system call that failed, or 0.
  public init(_ code: Code, detail: String, systemErrno: Int32 = 0) {
    self.init(
      status: code.rawValue, cause: "the store failed", systemErrno: systemErrno, detail: detail)
  }

  /// What failed, in a few words; for a system call its name.
  public var cause: String { details.detail ?? details.cause.description }

  /// The verb that failed: "load", "save"; nil where no store was asked.
  public var operation: String? { details.operation?.description }
}

extension StoreError: CustomStringConvertible {
  /// The operation, the place and the attribute, where there are such, and the cause, in the words that C
  /// callers get:
  /// "save: /srv/sessions, session 0a1b2c3d4e5f: pwrite: No space left on device (ENOSPC)".
  public var description: String {
    withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 1) { memory in
      var message = MessageWriter(memory)
      message.write(self)
      return String(decoding: memory[0..<message.count], as: UTF8.self)
    }
  }
}

#endif
