// SPDX-License-Identifier: MIT
import Foundation
import Synchronization

/// Runs `body` on so many threads at once, which begin together, and waits for all of them.
///
/// Threads of POSIX, whose creation and end the thread sanitizer sees. `body` gets the number of its
/// thread, from 0; the first error of a thread is thrown.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
  let gate = Gate(count)
  var threads: [pthread_t] = []
  for number in 0..<count {
    let work = Work {
      gate.pass()
      try body(number)
    }
    var thread = pthread_t()
    let result = pthread_create(&thread, nil, run, Unmanaged.passRetained(work).toOpaque())
    precondition(result == 0, "no thread")
    threads.append(thread)
  }
  var failure: (any Error)?
  for thread in threads {
    var result: UnsafeMutableRawPointer?
    pthread_join(thread, &result)
    guard let result else { continue }
    let work = Unmanaged<Work>.fromOpaque(result).takeRetainedValue()
    failure = failure ?? work.failure
  }
  if let failure { throw failure }
}

/// What one thread does, and how it ended.
private final class Work {
  let body: () throws -> Void
  var failure: (any Error)?

  init(_ body: @escaping () throws -> Void) {
    self.body = body
  }
}

private func run(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let raw else { return nil }
  let work = Unmanaged<Work>.fromOpaque(raw).takeUnretainedValue()
  do { try work.body() } catch { work.failure = error }
  return raw
}

/// Holds threads back until all are there.
private final class Gate: Sendable {
  private let missing: Atomic<Int>

  init(_ count: Int) {
    missing = Atomic(count)
  }

  func pass() {
    missing.subtract(1, ordering: .relaxed)
    while missing.load(ordering: .relaxed) > 0 { sched_yield() }
  }
}
