// SPDX-License-Identifier: MIT
import Synchronization

/// Raised until each of so many threads has lowered it.
final class Flag: Sendable {
  private let holders: Atomic<Int>

  init(_ holders: Int) {
    self.holders = Atomic(holders)
  }

  var isRaised: Bool { holders.load(ordering: .relaxed) > 0 }

  func lower() {
    holders.subtract(1, ordering: .relaxed)
  }
}
