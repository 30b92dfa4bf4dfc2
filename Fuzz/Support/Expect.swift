// SPDX-License-Identifier: MIT
internal import CSession3Fuzz

/// Ends the run, and lets libFuzzer keep the input, unless a rule holds.
func expect(
  _ holds: @autoclosure () -> Bool, _ rule: StaticString, file: StaticString = #fileID,
  line: UInt = #line
) {
  guard !holds() else { return }
  fuzz_fail(rule.utf8Start, file.utf8Start, UInt32(truncatingIfNeeded: line))
}

/// What a call answers that must not fail.
func must<Result>(
  _ rule: StaticString, file: StaticString = #fileID, line: UInt = #line,
  _ body: () throws(StoreError) -> Result
) -> Result {
  do throws(StoreError) { return try body() } catch {
    fuzz_fail(rule.utf8Start, file.utf8Start, UInt32(truncatingIfNeeded: line))
    fatalError()
  }
}

/// What a call answers; nil where it fails, and the code of the failure must be one of these.
func attempt<Result>(
  failing codes: [StoreError.Code], _ rule: StaticString, file: StaticString = #fileID,
  line: UInt = #line, _ body: () throws(StoreError) -> Result
) -> Result? {
  do throws(StoreError) { return try body() } catch {
    let isKnown = codes.contains { $0 == error.code }
    expect(isKnown, rule, file: file, line: line)
    return nil
  }
}
