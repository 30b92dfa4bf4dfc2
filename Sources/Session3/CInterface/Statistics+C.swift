// SPDX-License-Identifier: MIT
public import CSession3

@_spi(CInterface) @_cdecl("session3_store_get_statistics") @implementation
public func session3_store_get_statistics(
  _ store: OpaquePointer?,
  _ out: UnsafeMutablePointer<session3_statistics>?,
  _ error: UnsafeMutablePointer<session3_error>?
) -> session3_status {
  answer(error, "get statistics") { () throws(StoreError) in
    let now = try object(store, SessionRepository.self).store.monitor.statistics
    try fill(out, minimum: 216, with: session3_statistics(now))
    return SESSION3_OK
  }
}

extension session3_statistics {
  fileprivate init(_ now: StoreStatistics) {
    self.init(
      size: 0, loads: now.loads, hits: now.hits, misses: now.misses, creates: now.creates,
      saves: now.saves, unchanged: now.unchanged, updates: now.updates, renewals: now.renewals,
      deletes: now.deletes, touches: now.touches, sweeps: now.sweeps, swept: now.swept,
      leftovers: now.leftovers, conflicts: now.conflicts, merges: now.merges, gone: now.gone,
      corrupt: now.corrupt, busy: now.busy, too_large: now.tooLarge, failures: now.failures,
      lock_waits: now.lockWaits, lock_wait_us: now.lockWaitTime,
      longest_lock_wait_us: now.longestLockWait, bytes_read: now.bytesRead,
      bytes_written: now.bytesWritten, messages_left_out: now.messagesLeftOut)
  }
}
