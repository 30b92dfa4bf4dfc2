// SPDX-License-Identifier: MIT

/// What a save does when somebody else saved the session after it was loaded.
public struct SavePolicy: Sendable, Equatable {
  /// What is to become of two changes.
  public enum Conflict: UInt32, Sendable {
    /// Keep what only they changed and what we changed; where both changed one thing, ours.
    case merge = 1
    /// Ours replaces all of theirs, as in Session3.
    case overwrite = 2
    /// `.conflict` is thrown, and nothing is written.
    case fail = 3
  }

  /// How two changes come together.
  public var onConflict: Conflict
  /// Whether a session that was deleted meanwhile is brought back, as in Session3. Otherwise a
  /// logout stays, and `.gone` is thrown.
  public var resurrects: Bool

  /// A policy.
  /// - Parameters:
  ///   - onConflict: how two changes come together.
  ///   - resurrects: whether a session that was deleted meanwhile is brought back.
  public init(_ onConflict: Conflict, resurrects: Bool = false) {
    self.onConflict = onConflict
    self.resurrects = resurrects
  }

  /// Both changes are kept, and a logout stays: what a repository does unless told.
  public static let merge = SavePolicy(.merge)
  /// The later save replaces the other, and a logout stays.
  public static let overwrite = SavePolicy(.overwrite)
  /// The later save throws `.conflict`, and a logout stays.
  public static let fail = SavePolicy(.fail)
}
