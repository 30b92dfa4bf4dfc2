// SPDX-License-Identifier: MIT
import Foundation

/// A value that threads change one at a time, under a mutex of POSIX, which the thread sanitizer
/// sees.
final class ThreadSafe<Value>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var guarded: Value

  init(_ value: Value) {
    guarded = value
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  var value: Value { change { $0 } }

  @discardableResult
  func change<Result>(_ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&guarded)
  }
}
