// SPDX-License-Identifier: MIT
import XCTest

@testable import Session3

/// How many bytes three runs have in common.
final class EqualCountTests: XCTestCase {
  private func count(_ runs: [[UInt8]], from start: Int) -> Int {
    // Behind others, so that they begin at any address.
    let padded = runs.map { [UInt8](repeating: 0xff, count: start) + $0 }
    return padded[0].withUnsafeBytes { one in
      padded[1].withUnsafeBytes { other in
        padded[2].withUnsafeBytes { third in
          equalCount(part(one, start), part(other, start), part(third, start))
        }
      }
    }
  }

  private func part(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[start...])
  }

  func testItIsThePlaceOfTheFirstDifferenceOfAny() {
    for length in 0...40 {
      let run = (0..<length).map { UInt8($0) }
      XCTAssertEqual(count([run, run, run], from: length % 8), length)
      for place in 0..<length {
        for which in 0..<3 {
          var runs = [run, run, run]
          runs[which][place] ^= 0x80
          XCTAssertEqual(count(runs, from: place % 8), place)
        }
      }
    }
  }

  func testItEndsWithTheShortest() {
    let run = (0..<40).map { UInt8($0) }
    for length in 0...40 {
      for which in 0..<3 {
        var runs = [run, run, run]
        runs[which] = Array(run[0..<length])
        XCTAssertEqual(count(runs, from: 3), length)
      }
    }
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    XCTAssertEqual(run.withUnsafeBytes { equalCount($0, $0, none) }, 0)
  }
}
