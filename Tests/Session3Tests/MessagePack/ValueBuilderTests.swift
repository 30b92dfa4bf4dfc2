// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Building a value part by part: what does not fit is refused, and leaves what is there.
final class ValueBuilderTests: XCTestCase {
  private var builder: ValueBuilder!

  override func setUpWithError() throws {
    builder = try ValueBuilder.make()
  }

  private func int(_ value: Int64) throws(StoreError) {
    try builder.append { (writer) throws(StoreError) in try writer.int(value) }
  }

  private func text(_ text: String) throws(StoreError) {
    try text.withBytes { (bytes) throws(StoreError) in try builder.text(bytes) }
  }

  private func encoded(_ bytes: String) throws(StoreError) {
    try hex(bytes).withBytes { (bytes) throws(StoreError) in try builder.append(encoded: bytes) }
  }

  private func finished() throws -> [UInt8] { Array(try builder.finish()) }

  func testAScalarIsAWholeValue() throws {
    try int(7)
    XCTAssertEqual(try finished(), hex("07"))
    XCTAssertEqual(try finished(), hex("07"), "it may be asked for twice")
  }

  func testNestedPartsCloseByThemselves() throws {
    try builder.begin(count: 2, isMap: true)
    try text("a")
    try builder.begin(count: 2, isMap: false)
    try int(1)
    try builder.begin(count: 0, isMap: false)
    try text("b")
    try builder.begin(count: 0, isMap: true)
    XCTAssertEqual(try finished(), hex("82 a161 92 01 90 a162 80"))
  }

  func testAnUnfinishedValueIsRefused() throws {
    assertError(.value, try builder.finish())
    try builder.begin(count: 1, isMap: true)
    assertError(.value, try builder.finish())
    try text("a")
    assertError(.value, try builder.finish())
    try int(1)
    XCTAssertEqual(try finished(), hex("81 a161 01"))
  }

  func testNothingFollowsAWholeValue() throws {
    try int(1)
    assertError(.value, try int(2))
    assertError(.value, try text("a"))
    assertError(.value, try builder.begin(count: 0, isMap: false))
    assertError(.value, try encoded("01"))
    XCTAssertEqual(try finished(), hex("01"))
  }

  func testAKeyIsText() throws {
    try builder.begin(count: 1, isMap: true)
    assertError(.value, try int(1))
    assertError(.value, try builder.begin(count: 0, isMap: true))
    assertError(.value, try encoded("01"))
    assertError(.value, try encoded("c40161"))
    try encoded("d90161")
    try int(1)
    XCTAssertEqual(try finished(), hex("81 a161 01"))
  }

  func testTextMustBeUTF8() throws {
    assertError(
      .value, try hex("ff").withBytes { (bytes) throws(StoreError) in try builder.text(bytes) })
    assertError(.value, try encoded("a1ff"))
    try text("ä")
    XCTAssertEqual(try finished(), hex("a2 c3a4"))
  }

  func testAKeyThatStandsTwiceIsRefusedAtTheEnd() throws {
    try builder.begin(count: 2, isMap: true)
    for _ in 0..<2 {
      try text("a")
      try int(1)
    }
    assertError(.value, try builder.finish())
  }

  func testNestingOf32IsTheDeepest() throws {
    for _ in 0..<32 { try builder.begin(count: 1, isMap: false) }
    assertError(.value, try builder.begin(count: 1, isMap: false))
    assertError(.value, try builder.begin(count: 0, isMap: true))
    assertError(.value, try encoded("90"))
    try int(1)
    XCTAssertEqual(try finished(), Array(repeating: 0x91, count: 32) + [1])
  }

  func testAWholeValueIsTakenInCanonicalForm() throws {
    try builder.begin(count: 2, isMap: false)
    try encoded("de0001 d90161 cd0001")
    try encoded("ca3fc00000")
    XCTAssertEqual(try finished(), hex("92 81 a161 01 cb3ff8000000000000"))
  }

  func testAWholeValueMustBeOne() throws {
    for bytes in ["", "01 02", "91", "c1", "82 a16101 a16102", "d60000000000"] {
      assertError(.value, try encoded(bytes), bytes)
    }
    try int(1)
    XCTAssertEqual(try finished(), hex("01"))
  }

  func testARefusedPartLeavesNothingBehind() throws {
    try builder.begin(count: 1, isMap: false)
    assertError(
      .value,
      try builder.append { (writer) throws(StoreError) in
        try writer.int(1_000)
        throw StoreError(.value, "no")
      })
    try int(1)
    XCTAssertEqual(try finished(), hex("91 01"))
  }

  func testAResetBuilderIsEmpty() throws {
    try builder.begin(count: 3, isMap: true)
    builder.reset()
    assertError(.value, try builder.finish())
    try int(5)
    XCTAssertEqual(try finished(), hex("05"))
    builder.reset()
    try text("x")
    XCTAssertEqual(try finished(), hex("a178"))
  }

  func testALargeCountTakesNoMemoryAhead() throws {
    try builder.begin(count: 0xffff_ffff, isMap: true)
    assertError(.value, try builder.finish())
  }
}
