// SPDX-License-Identifier: MIT
internal import CSession3
internal import CSession3Fuzz

/// Random calls of the C interface, decoded from the input, on a memory or a directory store, and
/// on a model beside it: statuses and contents agree after each call, and nothing is left over.
///
///     flags | (verb | operands)...
@_cdecl("fuzz_store")
public func fuzzStore(_ data: UnsafePointer<UInt8>?, _ size: Int) {
  var input = Input(data, size)
  let descriptors = fuzz_count_descriptors()
  let flags = input.byte()
  guard let run = StoreRun(flags) else { return }
  var calls = 0
  while !input.isAtEnd, calls < 200 {
    step(run, &input)
    run.checkStore()
    calls += 1
  }
  run.end(storeFirst: flags & 128 != 0)
  expect(fuzz_count_descriptors() == descriptors, "no descriptor is left open")
}

private func step(_ run: StoreRun, _ input: inout Input) {
  let verb = input.byte()
  switch verb % 32 {
  case 0: run.makeCopy(&input)
  case 1, 2, 3: run.loadCopy(&input)
  case 4...17: run.withCopy(&input) { copy, input in run.change(&copy, verb % 32, &input) }
  case 18: run.deleteByID(&input)
  case 19: run.touchByID(&input)
  case 20: run.incrementByID(&input)
  case 21: run.consumeByID(&input)
  case 22: run.sweepAll(&input)
  case 23: run.deleteUser(&input)
  case 24: run.checkWalk()
  case 25: run.saveEncoded(&input)
  case 26, 27, 28: run.request(&input)
  case 29: run.callBadly(&input)
  default:
    let steps: [Int64] = [1, 999_999, 2_000_000, 300_000_000, 3_600_000_000, -120_000_000]
    run.advance(steps[input.number(below: steps.count)])
  }
}
