// SPDX-License-Identifier: MIT
internal import CSession3System

/// A lock on a whole file, for as long as this value lives.
///
/// An open file description lock (fcntl(2), F_OFD_SETLK): it excludes threads as it excludes
/// processes, and no close of another descriptor of the file drops it. It is undone before the
/// close: a child that was forked meanwhile shares the description, and would keep the lock.
struct LockedFile: ~Copyable {
  let file: FileDescriptor
  /// Whether somebody else held the lock first.
  let wasContended: Bool

  /// Takes over a file that is locked.
  private init(holding file: consuming FileDescriptor, wasContended: Bool) {
    self.file = file
    self.wasContended = wasContended
  }

  deinit { _ = system_unlock(file.raw) }

  /// Locks a file, waiting as long as `wait` does.
  ///
  /// `noteWait`: is told for how many microseconds somebody else held it, if so, whatever came of it.
  ///
  /// - Returns: nil if it was not to be had in time.
  static func lock(
    _ file: consuming FileDescriptor, exclusive: Bool = true, wait: inout LockWait,
    noteWait: (Int64) -> Void = { _ in }
  ) throws(SystemCallError) -> LockedFile? {
    var result = retrying { system_lock(file.raw, exclusive) }
    if result == 0 { return LockedFile(holding: file, wasContended: false) }
    let start = system_monotonic_us()
    var isHeld = false
    defer { if isHeld { noteWait(age(from: start, to: system_monotonic_us())) } }
    while true {
      guard result == -EAGAIN || result == -EACCES else {
        throw SystemCallError("fcntl", result)
      }
      isHeld = true
      guard wait.next() else { return nil }
      result = retrying { system_lock(file.raw, exclusive) }
      if result == 0 { return LockedFile(holding: file, wasContended: true) }
    }
  }

  /// Locks a file that is of no use while somebody else has it.
  /// - Returns: nil if it is not free.
  static func lockIfFree(
    _ file: consuming FileDescriptor, exclusive: Bool = true
  ) throws(SystemCallError) -> LockedFile? {
    var wait = LockWait(upTo: -1)
    return try lock(file, exclusive: exclusive, wait: &wait)
  }
}

/// How long to leave a lock alone before the next try: three yields, then sleeps of 20 µs to 2 ms,
/// doubling, with jitter so that waiters don't march in step.
struct LockWait {
  private let timeout: Int64
  /// By the monotonic clock, in microseconds. Who never waits asks no clock.
  private var deadline: Int64?
  private var tries = 0
  private var pause: Int64 = 20

  /// `timeout`: microseconds from the first wait on; negative: don't wait at all.
  init(upTo timeout: Int64) {
    self.timeout = timeout
  }

  /// Waits once.
  /// - Returns: false if the time is up.
  mutating func next() -> Bool {
    guard timeout >= 0 else { return false }
    let now = system_monotonic_us()
    let deadline = deadline ?? Self.moment(timeout, after: now)
    self.deadline = deadline
    tries += 1
    if tries <= 3 {
      system_yield()
      return true
    }
    guard now < deadline else { return false }
    let jitter = (now & 0x3f) * pause / 128
    system_sleep_us(min(pause / 2 + jitter, deadline - now))
    pause = min(pause * 2, 2_000)
    return true
  }

  private static func moment(_ timeout: Int64, after now: Int64) -> Int64 {
    let (sum, overflow) = now.addingReportingOverflow(timeout)
    return overflow ? Int64.max : sum
  }
}
