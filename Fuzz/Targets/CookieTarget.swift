// SPDX-License-Identifier: MIT
internal import CSession3

/// Any bytes as a request's Cookie header: each value found is a part of it, and they are those that a
/// naive reader finds, which cuts the whole header into pieces. What Set-Cookie is made of a random
/// policy has no byte that could end the header.
///
///     length of name | name | start | header
@_cdecl("fuzz_cookie")
public func fuzzCookie(_ data: UnsafePointer<UInt8>?, _ size: Int) {
  var input = Input(data, size)
  let name = input.take(input.number(below: 24))
  let start = input.byte()
  let header = exact(input.rest())
  let wanted = naiveValues(of: name, in: array(header))
  var position = 0
  for value in wanted {
    expect(next(name, header, &position) == value, "the values of a cookie, in their order")
  }
  expect(next(name, header, &position) == nil, "no more values than there are")
  // From anywhere, also from amid a pair and behind the end.
  position = start == 255 ? Int.max : Int(start) * max(1, header.count / 100)
  while let value = next(name, header, &position) {
    expect(value.count <= header.count, "a value is not longer than its header")
  }
  checkSetCookie(name, array(header), start)
}

/// The next value, which lies within the header.
private func next(_ name: [UInt8], _ header: ByteBuffer, _ position: inout Int) -> [UInt8]? {
  let (before, name) = (position, exact(name))
  var value: UnsafePointer<CChar>?
  var length = 0
  let status = session3_cookie_next(
    header.bytes.baseAddress?.assumingMemoryBound(to: CChar.self), header.count,
    name.bytes.baseAddress?.assumingMemoryBound(to: CChar.self), name.count, &position, &value,
    &length, nil)
  keepAlive(name)
  defer { keepAlive(header) }
  guard status == SESSION3_OK, let value, let start = header.bytes.baseAddress else {
    expect(status == SESSION3_DONE, "a header has a value or has none")
    return nil
  }
  expect(position > before && position <= header.count, "the search goes on")
  let offset = UnsafeRawPointer(value) - start
  expect(offset >= 0 && length >= 0 && offset + length <= header.count, "a value is in its header")
  return Array(UnsafeRawBufferPointer(start: value, count: length))
}

/// RFC 6265bis as include/session3/cookie.h has it.
private func naiveValues(of name: [UInt8], in header: [UInt8]) -> [[UInt8]] {
  let limit = Int(SESSION3_COOKIE_HEADER_MAXIMUM)
  var pairs = header.split(separator: 0x3b, omittingEmptySubsequences: false)
  // The last piece that begins within is seen only if it also ends there.
  pairs.removeAll { $0.endIndex > limit }
  return pairs.compactMap { pair in
    guard let separator = pair.firstIndex(of: 0x3d) else { return nil }
    guard trimmed(pair[..<separator]) == name else { return nil }
    let value = trimmed(pair[(separator + 1)...])
    guard value.count >= 2, value.first == 0x22, value.last == 0x22 else { return value }
    return Array(value.dropFirst().dropLast())
  }
}

private func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
  let isInk: (UInt8) -> Bool = { $0 != 0x20 && $0 != 0x09 }
  guard let first = bytes.firstIndex(where: isInk), let last = bytes.lastIndex(where: isInk) else {
    return []
  }
  return Array(bytes[first...last])
}

/// A policy of any texts is refused, or makes a header of printable ASCII.
private func checkSetCookie(_ name: [UInt8], _ rest: [UInt8], _ flags: UInt8) {
  let half = rest.count / 2
  let texts = [exact(name), exact(Array(rest[..<half])), exact(Array(rest[half...]))]
  defer { for text in texts { keepAlive(text) } }
  let pointers = texts.map { $0.bytes.baseAddress?.assumingMemoryBound(to: CChar.self) }
  var policy = session3_cookie_policy()
  policy.size = MemoryLayout<session3_cookie_policy>.size
  policy.flags = UInt32(flags & 7)
  policy.same_site = UInt32(flags >> 3 & 7)
  (policy.name, policy.name_length) = (pointers[0], texts[0].count)
  if flags & 64 != 0 { (policy.path, policy.path_length) = (pointers[1], texts[1].count) }
  if flags & 128 != 0 { (policy.domain, policy.domain_length) = (pointers[2], texts[2].count) }
  let check = session3_cookie_check(&policy, nil)
  expect(check == SESSION3_OK || check == SESSION3_E_INVALID, "a policy is good or not")
  var header = session3_buffer()
  header.size = MemoryLayout<session3_buffer>.size
  let status = session3_cookie_revoke(&policy, &header, nil)
  expect(status == check, "a good policy makes a header, a bad one none")
  if status == SESSION3_OK {
    let made = Array(UnsafeRawBufferPointer(start: header.data, count: header.length))
    expect(made.allSatisfy { 0x20 <= $0 && $0 < 0x7f }, "a header is one line")
    expect(made.starts(with: name + [0x3d, 0x3b]), "a header begins with the cookie's name")
    expect(made.count { $0 == 0x3b } <= 8, "nothing of the policy adds an attribute")
  }
  session3_buffer_dispose(&header)
}
