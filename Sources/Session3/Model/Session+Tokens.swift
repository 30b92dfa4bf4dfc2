// SPDX-License-Identifier: MIT

extension Session {
  /// A token of 128 bits, as 22 characters.
  typealias Token = InlineArray<22, UInt8>

  /// Makes a form token and remembers it; the oldest beyond `FormTokens.maximum` is forgotten.
  func createFormToken() throws(StoreError) -> Token {
    let token = try Randomness.token()
    let known = try formTokens
    let queue: Result<ByteBuffer, StoreError> = withUnsafeBytes(of: token) { bytes in
      do throws(StoreError) { return .success(try known.appending(bytes)) } catch {
        return .failure(error)
      }
    }
    try setField(Payload.formTokens, to: queue.get())
    return token
  }

  /// Whether a form token is outstanding; compared in constant time.
  func hasFormToken(_ token: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
    try formTokens.contains(token)
  }

  /// Forgets a form token.
  /// - Returns: whether it was outstanding.
  func removeFormToken(_ token: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
    let known = try formTokens
    guard known.contains(token) else { return false }
    try setField(Payload.formTokens, to: known.removing(token))
    return true
  }

  /// The csrf token, made at the first call.
  func csrfToken() throws(StoreError) -> Token {
    guard let known = try csrfTokenBytes else {
      let token = try Randomness.token()
      let value = try ByteBuffer.make(capacity: 24)
      let result: Result<Void, StoreError> = withUnsafeBytes(of: token) { bytes in
        do throws(StoreError) {
          return .success(try MessagePackWriter(buffer: value).text(bytes))
        } catch { return .failure(error) }
      }
      try result.get()
      try setField(Payload.csrfToken, to: value)
      return token
    }
    guard known.count == Randomness.tokenLength else {
      throw StoreError(.type, "the csrf token has another length").of(attribute: "csrf_token")
    }
    var token = Token(repeating: 0)
    for index in token.indices { token[index] = known[index] }
    return token
  }

  /// Whether a token is the csrf token; compared in constant time, and false where there is none.
  func checkCSRFToken(_ token: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
    guard let known = try csrfTokenBytes else { return false }
    return areEqualInConstantTime(known, token)
  }

  private var formTokens: FormTokens {
    get throws(StoreError) {
      guard let storage else { return .none }
      return try FormTokens(in: storage.bytes)
    }
  }

  private var csrfTokenBytes: UnsafeRawBufferPointer? {
    get throws(StoreError) {
      guard let field = try field(Payload.csrfToken) else { return nil }
      var reader = MessagePackReader(field)
      guard case .text(let range) = try reader.next() else { return nil }
      return field.part(range)
    }
  }
}
