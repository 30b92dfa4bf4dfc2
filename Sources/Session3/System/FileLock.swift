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

  /// Locks a file, waiting until `deadline`.
  ///
  /// `deadline`: by the monotonic clock, in microseconds; nil: don't wait. `noteWait`: is told for
  /// how many microseconds somebody else held it, if so, whatever came of it.
  ///
  /// - Returns: nil if it was not to be had in time.
  static func lock(
    _ file: consuming FileDescriptor, exclusive: Bool = true, deadline: Int64?,
    noteWait: (Int64) -> Void = { _ in }
  ) throws(SystemCallError) -> LockedFile? {
    var result = retrying { system_lock(file.raw, exclusive) }
    if result == 0 { return LockedFile(holding: file, wasContended: false) }
    var wait = LockWait(deadline: deadline)
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
}

/// How long to leave a lock alone before the next try: three yields, then sleeps of 20 µs to 2 ms,
/// doubling, with jitter so that waiters don't march in step.
struct LockWait {
  private let deadline: Int64?
  private var tries = 0
  private var pause: Int64 = 20

  init(deadline: Int64?) {
    self.deadline = deadline
  }

  /// Waits once.
  /// - Returns: false if the time is up.
  mutating func next() -> Bool {
    guard let deadline else { return false }
    tries += 1
    if tries <= 3 {
      system_yield()
      return true
    }
    let now = system_monotonic_us()
    guard now < deadline else { return false }
    let jitter = (now & 0x3f) * pause / 128
    system_sleep_us(min(pause / 2 + jitter, deadline - now))
    pause = min(pause * 2, 2_000)
    return true
  }

  /// The moment `timeout` microseconds from now; nil for a negative one, which means not to wait.
  static func deadline(after timeout: Int64) -> Int64? {
    guard timeout >= 0 else { return nil }
    let (sum, overflow) = system_monotonic_us().addingReportingOverflow(timeout)
    return overflow ? Int64.max : sum
  }
}
