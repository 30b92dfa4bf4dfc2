// SPDX-License-Identifier: MIT
@testable import Session3

/// A session file in memory, which a test puts together slot by slot.
struct FileImage {
  var bytes: [UInt8]
  let id: SessionID

  /// A new file with a record in slot A.
  init(_ record: Record, of id: SessionID, size: Int = SessionFile.blockSize) throws {
    bytes = try SessionFile.image(of: record, size: size).copy
    self.id = id
  }

  /// Where a slot is: 0 for A, 1 for B.
  func range(ofSlot slot: Int) -> Range<Int> {
    let size = SessionFile.slotSize(ofFile: bytes.count)
    let start = SessionFile.sectorSize + slot * size
    return start..<(start + size)
  }

  /// Writes a record's bytes over the first of a slot; as many as are given.
  mutating func write(_ record: some Collection<UInt8>, toSlot slot: Int) {
    let start = range(ofSlot: slot).lowerBound
    bytes.replaceSubrange(start..<(start + record.count), with: record)
  }

  /// The version that counts, or why there is none.
  var answer: Result<RecordVersion?, StoreError> {
    withSlots { $0.version }
  }

  /// Parses the file.
  func withSlots<Answer>(_ body: (SessionSlots) -> Answer) -> Result<Answer, StoreError> {
    bytes.withUnsafeBytes { raw in
      do throws(StoreError) { return .success(body(try SessionSlots(raw, of: id))) } catch {
        return .failure(error)
      }
    }
  }
}
