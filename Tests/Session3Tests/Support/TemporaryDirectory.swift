// SPDX-License-Identifier: MIT
import Foundation
import XCTest

extension XCTestCase {
  /// A new empty directory, in memory where the system has such a place; removed after the test.
  func temporaryDirectory() throws -> String {
    let memory = "/dev/shm"
    let parent =
      FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
    let path = parent + "/session3-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    addTeardownBlock { try FileManager.default.removeItem(atPath: path) }
    return path
  }
}

/// The names in a directory.
func names(in directory: String) throws -> Set<String> {
  Set(try FileManager.default.contentsOfDirectory(atPath: directory))
}

/// A file's bytes.
func contents(of path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Overwrites a file in place, or makes it.
func put(_ bytes: [UInt8], into path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// The descriptors that this process has open.
func openDescriptors() throws -> Set<String> {
  try names(in: "/proc/self/fd")
}

/// Removes a file, if it is there.
func removeIfThere(_ path: String) throws {
  guard FileManager.default.fileExists(atPath: path) else { return }
  try FileManager.default.removeItem(atPath: path)
}
