// SPDX-License-Identifier: MIT
internal import CSession3System

/// Bytes as a session file: what the directory store reads in them is what docs/format.md says, and a
/// save and a growth on top of it can be read again.
///
///     flags | image
///     flags | blocks | 32 bytes of head | u16 length of slot A | slot A | slot B
///
/// Bit 7 of the flags tells the first form. No input guesses a checksum, so bits 0, 1 and 2 mend those
/// of head, slot A and slot B; bit 3 mends the lengths in both slots.
@_cdecl("fuzz_record")
public func fuzzRecord(_ data: UnsafePointer<UInt8>?, _ size: Int) {
  var input = Input(data, size)
  let flags = input.byte()
  var image = flags & 128 != 0 ? input.rest() : compactImage(&input, mendsLengths: flags & 8 != 0)
  if flags & 1 != 0, image.count >= 32 {
    image.replaceSubrange(28..<32, with: little(UInt64(naiveCRC(image[..<28])), 4))
  }
  for slot in 0..<2 where flags & (2 << UInt8(slot)) != 0 { mend(slot, of: &image) }
  check(image)
}

private let id: StaticString = "dGhlLXNlc3Npb24taWQtMQ"

private func little(_ number: UInt64, _ size: Int) -> [UInt8] {
  NaiveMessagePack.big(number, size).reversed()
}

private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
  bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

/// CRC-32C of each byte, bit by bit.
private let crcTable: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 != 0 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
}

private func naiveCRC(_ bytes: some Sequence<UInt8>) -> UInt32 {
  var crc: UInt32 = 0xffff_ffff
  for byte in bytes { crc = crc >> 8 ^ crcTable[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
  return ~crc
}

private func slotSize(_ size: Int) -> Int { size < 512 ? 0 : (size - 512) / 2 / 512 * 512 }

private func compactImage(_ input: inout Input, mendsLengths: Bool) -> [UInt8] {
  let blocks = input.byte()
  let size = 4096 * Int(blocks % 4 + 1) - (blocks >= 248 ? Int(blocks - 247) : 0)
  let head = input.take(32)
  let a = input.take(input.word())
  var image = [UInt8](repeating: 0, count: size)
  image.replaceSubrange(0..<head.count, with: head)
  for (index, var slot) in [a, input.rest()].enumerated() {
    slot = Array(slot.prefix(slotSize(size)))
    if mendsLengths, slot.count >= 32 {
      slot.replaceSubrange(24..<28, with: little(UInt64(slot.count - 32), 4))
    }
    let start = 512 + index * slotSize(size)
    image.replaceSubrange(start..<(start + slot.count), with: slot)
  }
  return image
}

private func mend(_ slot: Int, of image: inout [UInt8]) {
  let start = 512 + slot * slotSize(image.count)
  guard start + 32 <= image.count else { return }
  let length = number(image[(start + 24)..<(start + 28)])
  guard length <= UInt64(image.count - start - 32) else { return }
  let crc = naiveCRC(
    id.array + image[start..<(start + 28)] + image[(start + 32)..<(start + 32 + Int(length))])
  image.replaceSubrange((start + 28)..<(start + 32), with: little(UInt64(crc), 4))
}

/// What section 5 of docs/format.md makes of a file at rest.
private enum Verdict: Equatable {
  case corrupt
  case later
  /// The slot that counts, its revision, and the canonical payload.
  case session(slot: Int, revision: UInt64, payload: [UInt8])
}

private func naiveVerdict(_ image: [UInt8]) -> Verdict {
  guard image.count >= 32, Array(image[..<8]) == SessionFile.magic.array,
    number(image[28..<32]) == UInt64(naiveCRC(image[..<28]))
  else { return .corrupt }
  guard number(image[8..<10]) == 1, image[11] == 0 else { return .later }
  let size = slotSize(image.count)
  guard image.count % 4096 == 0, number(image[12..<16]) == UInt64(size) else { return .corrupt }
  var best: (slot: Int, revision: UInt64)?
  for slot in 0..<2 {
    guard let revision = naiveRevision(slot, image, size) else { continue }
    if let best, best.revision >= revision { continue }
    best = (slot, revision)
  }
  guard let best else { return .corrupt }
  let start = 512 + best.slot * size
  let length = Int(number(image[(start + 24)..<(start + 28)]))
  guard let payload = NaivePayload(Array(image[(start + 32)..<(start + 32 + length)])) else {
    return .corrupt
  }
  return .session(slot: best.slot, revision: best.revision, payload: payload.encoded)
}

private func naiveRevision(_ slot: Int, _ image: [UInt8], _ size: Int) -> UInt64? {
  let start = 512 + slot * size
  let revision = number(image[start..<(start + 8)])
  let length = number(image[(start + 24)..<(start + 28)])
  guard revision != 0, length <= UInt64(size - 32) else { return nil }
  let crc = naiveCRC(
    id.array + image[start..<(start + 28)] + image[(start + 32)..<(start + 32 + Int(length))])
  return UInt64(crc) == number(image[(start + 28)..<(start + 32)]) ? revision : nil
}

private func check(_ image: [UInt8]) {
  let file = exact(image)
  defer { keepAlive(file) }
  guard let name = SessionID(id.bytes) else { return }
  let wanted = naiveVerdict(image)
  let found = read(file, name)
  switch (wanted, found) {
  case (.corrupt, .failed(.corrupt)), (.later, .failed(.format)): return
  case (.session(let slot, let revision, let payload), .read(let slots, let record)):
    expect(record.revision == revision, "the newest good slot counts")
    expect(Array(record.payload) == payload, "its payload is read in canonical form")
    expect(slots.version == record.version, "a record has the version of its slot")
    checkSave(on: image, of: slots, record, name, free: 1 - slot)
    checkGrowth(of: image, record, name)
    keepAlive(record.storage)
  default: expect(false, "a file is taken or refused as documented")
  }
}

private enum Found {
  case failed(StoreError.Code?)
  case read(SessionSlots, Record)
}

/// As DirectorySessionStore reads.
private func read(_ file: ByteBuffer, _ name: SessionID) -> Found {
  do throws(StoreError) {
    let slots = try SessionSlots(file.bytes, of: name)
    return .read(slots, try DirectorySessionStore.record(slots, system_file_status()))
  } catch {
    return .failed(error.code)
  }
}

/// A save writes the slot that does not count, and is what counts then.
private func checkSave(
  on image: [UInt8], of slots: SessionSlots, _ record: Record, _ name: SessionID, free: Int
) {
  let next = must("a record") { () throws(StoreError) in
    try ByteBuffer.make(copying: record.storage.bytes)
  }
  Record.seal(
    next, for: name, revision: record.revision &+ 1, created: record.created,
    incarnation: record.incarnation)
  let size = slotSize(image.count)
  guard let offset = slots.offset(forRecord: next.count) else {
    return expect(next.count > size, "what fits into a slot has a place")
  }
  expect(Int(offset) == 512 + free * size, "a save leaves the newest slot alone")
  expect(next.count <= size, "a save stays in its slot")
  var saved = image
  saved.replaceSubrange(Int(offset)..<(Int(offset) + next.count), with: array(next))
  guard record.revision != UInt64.max else { return }
  guard case .read(_, let again) = read(exact(saved), name) else {
    return expect(false, "a save can be read")
  }
  expect(again.revision == record.revision + 1, "a save counts")
  expect(array(again.storage, from: 32) == array(next, from: 32), "a save is what is read")
}

/// A grown file holds the record, and what the head of the old one held.
private func checkGrowth(of image: [UInt8], _ record: Record, _ name: SessionID) {
  let (size, old) = (2 * image.count, exact(image))
  let grown = must("a grown file") { () throws(StoreError) in
    try SessionFile.image(of: record, size: size, succeeding: old.bytes)
  }
  keepAlive(old)
  expect(grown.count == size, "a grown file is as large as asked")
  // Of a payload in another form the stored one is written canonical, under a checksum of its own.
  let isSealed = Record.checksum(of: record.storage.bytes, for: name) == record.checksum
  guard isSealed else { return }
  guard case .read(_, let again) = read(grown, name) else {
    return expect(false, "a grown file can be read")
  }
  expect(array(again.storage) == array(record.storage), "growth keeps the record")
  expect(array(grown)[16..<28] == image[16..<28], "growth keeps the reserved bytes")
}
