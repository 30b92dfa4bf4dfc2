// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// Asserts that an expression throws a `StoreError` of a kind.
/// - Returns: the error, for a closer look.
@discardableResult
func assertError<Result>(
  _ code: StoreError.Code, _ expression: @autoclosure () throws -> Result,
  _ message: @autoclosure () -> String = "", file: StaticString = #filePath, line: UInt = #line
) -> StoreError? {
  do {
    let result = try expression()
    XCTFail("answered \(result) instead of .\(code). \(message())", file: file, line: line)
    return nil
  } catch let error as StoreError {
    XCTAssertEqual(error.code, code, "\(error). \(message())", file: file, line: line)
    return error
  } catch {
    XCTFail("\(error). \(message())", file: file, line: line)
    return nil
  }
}
