// SPDX-License-Identifier: MIT

/// A point in time, as MessagePack's timestamp extension (type -1) has it.
public struct Timestamp: Hashable, Sendable {
  /// Whole seconds since 1970 UTC, rounded towards the past.
  public let seconds: Int64
  /// Nanoseconds on top, below 1,000,000,000.
  public let nanoseconds: UInt32

  /// A time from its parts; nil if `nanoseconds` is a second or more.
  /// - Parameters:
  ///   - seconds: since 1970 UTC, rounded towards the past.
  ///   - nanoseconds: on top.
  public init?(seconds: Int64, nanoseconds: UInt32) {
    guard nanoseconds < 1_000_000_000 else { return nil }
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// A time in microseconds since 1970 UTC, as `Session.created` has it.
  /// - Parameter microseconds: any.
  public init(microseconds: Int64) {
    let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    seconds = remainder < 0 ? quotient - 1 : quotient
    nanoseconds = UInt32((remainder < 0 ? remainder + 1_000_000 : remainder) * 1_000)
  }

  /// Microseconds since 1970 UTC, a fraction rounded towards the past; nil if that is no `Int64`.
  public var microseconds: Int64? {
    let fraction = Int64(nanoseconds / 1_000)
    // A negative time is taken from the next second, or its product could overflow where the sum
    // does not.
    let isNegative = seconds < 0
    let (product, tooLarge) = (isNegative ? seconds + 1 : seconds)
      .multipliedReportingOverflow(by: 1_000_000)
    let (sum, overflow) = product.addingReportingOverflow(
      isNegative ? fraction - 1_000_000 : fraction)
    return tooLarge || overflow ? nil : sum
  }
}

extension Timestamp: Comparable {
  /// Whether a time is before another.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.seconds == right.seconds
      ? left.nanoseconds < right.nanoseconds : left.seconds < right.seconds
  }
}
