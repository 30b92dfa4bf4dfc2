// SPDX-License-Identifier: MIT

// The C interface, which is all that Embedded Swift builds, has its times in microseconds.
#if !hasFeature(Embedded)

extension Duration {
  /// Whole microseconds, rounded down; beyond an `Int64`, which is 292,000 years, the farthest.
  var inMicroseconds: Int64 {
    if self >= .microseconds(Int64.max) { return Int64.max }
    if self <= .microseconds(Int64.min) { return Int64.min }
    let (seconds, attoseconds) = components
    let (fraction, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000)
    return seconds * 1_000_000 + (rest < 0 ? fraction - 1 : fraction)
  }
}

#endif
