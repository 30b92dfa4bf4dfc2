// SPDX-License-Identifier: MIT
internal import Synchronization

/// Counts what happens in a store, and tells the store's log.
///
/// May be used from any thread at the same time, and waits for nobody.
public final class StoreMonitor: Sendable {
  let loads = Counter()
  let hits = Counter()
  let misses = Counter()
  let creates = Counter()
  let saves = Counter()
  let unchanged = Counter()
  let updates = Counter()
  let renewals = Counter()
  let deletes = Counter()
  let touches = Counter()
  let sweeps = Counter()
  let swept = Counter()
  let leftovers = Counter()
  let conflicts = Counter()
  let merges = Counter()
  private let gone = Counter()
  private let corrupt = Counter()
  private let busy = Counter()
  private let tooLarge = Counter()
  private let failures = Counter()
  private let lockWaits = Counter()
  private let lockWaitTime = Counter()
  private let longestLockWait = Counter()
  let bytesRead = Counter()
  let bytesWritten = Counter()
  let log: StoreLog?

  /// A monitor whose numbers are 0.
  /// - Parameter log: where messages go; nil for nowhere.
  public init(log: StoreLog? = nil) {
    self.log = log
  }

  /// The present numbers.
  public var statistics: StoreStatistics {
    var now = StoreStatistics()
    now.loads = loads.value
    now.hits = hits.value
    now.misses = misses.value
    now.creates = creates.value
    now.saves = saves.value
    now.unchanged = unchanged.value
    now.updates = updates.value
    now.renewals = renewals.value
    now.deletes = deletes.value
    now.touches = touches.value
    now.sweeps = sweeps.value
    now.swept = swept.value
    now.leftovers = leftovers.value
    now.conflicts = conflicts.value
    now.merges = merges.value
    now.gone = gone.value
    now.corrupt = corrupt.value
    now.busy = busy.value
    now.tooLarge = tooLarge.value
    now.failures = failures.value
    now.lockWaits = lockWaits.value
    now.lockWaitTime = lockWaitTime.value
    now.longestLockWait = longestLockWait.value
    now.bytesRead = bytesRead.value
    now.bytesWritten = bytesWritten.value
    now.messagesLeftOut = log?.leftOut ?? 0
    return now
  }

  // MARK: What is worth more than a number

  /// Notes a lock that was not free.
  /// - Parameter time: in microseconds.
  func noteLockWait(_ time: Int64) {
    let time = UInt64(max(time, 0))
    lockWaits.add()
    lockWaitTime.add(time)
    longestLockWait.raise(to: time)
  }

  /// Notes a failure on its way to the caller.
  @inline(never)
  func note(_ failure: StoreError) {
    switch failure.code {
    case .gone:
      gone.add()
      log?.tell(.debug, failure)
    case .corrupt, .format:
      corrupt.add()
      log?.tell(.error, failure)
    case .busy:
      busy.add()
      log?.tell(.warning, failure)
    case .io, .noMemory, .callback, nil:
      failures.add()
      log?.tell(.error, failure)
    case .unsupported, .insecure:
      log?.tell(.error, failure)
    case .tooLarge:
      tooLarge.add()
      log?.tell(.warning, failure)
    case .invalid, .type, .exists, .conflict, .value, .range, .tooSmall:
      log?.tell(.debug, failure)
    }
  }
}

/// A number that many threads count up.
struct Counter: ~Copyable, Sendable {
  private let atomic = Atomic<UInt64>(0)

  var value: UInt64 { atomic.load(ordering: .relaxed) }

  func add(_ amount: UInt64 = 1) {
    atomic.wrappingAdd(amount, ordering: .relaxed)
  }

  func raise(to value: UInt64) {
    atomic.max(value, ordering: .relaxed)
  }
}
