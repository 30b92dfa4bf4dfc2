// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

final class StoreErrorTests: XCTestCase {
  func testAFailedSystemCallKeepsItsNameAndNumber() {
    let error = StoreError(call: "openat", errno: 13).during("load", at: "/sessions")
    XCTAssertEqual(error.code, .io)
    XCTAssertEqual(error.status, -3)
    XCTAssertEqual(error.systemErrno, 13)
    XCTAssertEqual(error.description, "load: /sessions: openat: Permission denied (EACCES)")
  }

  func testTheFirstVerbAndPlaceStay() {
    let error = StoreError(.gone, "gone").during("save", at: "here").during("load", at: "there")
    XCTAssertEqual(error.operation, "save")
    XCTAssertEqual(error.place, "here")
    let placed = StoreError(.gone, "gone").during("save").during("load", at: "there")
    XCTAssertEqual(placed.place, "there")
  }

  func testAnErrorOfAValueTellsAttributeAndOffset() {
    let error = StoreError(.value, "nested too deep", offset: 9).of(attribute: "cart")
    XCTAssertEqual(error.attribute, "cart")
    XCTAssertEqual(error.offset, 9)
    XCTAssertEqual(error.description, "attribute cart: nested too deep at byte 9")
  }

  func testARecodedErrorKeepsTheRest() {
    let error = StoreError(.value, "cut", offset: 3).recoded(.corrupt)
    XCTAssertEqual(error.code, .corrupt)
    XCTAssertEqual(error.offset, 3)
    XCTAssertEqual(error.cause, "cut")
  }

  func testRunningOutOfMemoryStaysWhatItIs() {
    let error = StoreError.noMemory.during("save", at: "here").of(attribute: "a")
    XCTAssertEqual(error.code, .noMemory)
    XCTAssertEqual(error.status, -2)
    XCTAssertNil(error.place)
  }

  func testAHostsOwnStatusHasNoCode() {
    let error = StoreError(status: -1_000, cause: "a callback", systemErrno: 5, detail: "database")
    XCTAssertNil(error.code)
    XCTAssertEqual(error.status, -1_000)
    XCTAssertEqual(error.description, "database: Input/output error (EIO)")
  }
}
