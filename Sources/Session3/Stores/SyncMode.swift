// SPDX-License-Identifier: MIT

/// What a save that returned survives, besides the death of any process at any point.
public enum SyncMode: UInt32, Sendable {
  /// A power cut may lose the changes of the last seconds.
  case off = 1
  /// A power cut loses nothing.
  case data = 2
}
