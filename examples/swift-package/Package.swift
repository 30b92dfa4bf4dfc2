// swift-tools-version: 6.3
// SPDX-License-Identifier: MIT
// A program of one's own on the package Session3.
import PackageDescription

let package = Package(
  name: "visits",
  dependencies: [
    // Or by the repository's URL; then its last part is the package's name below.
    .package(name: "session3", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "visits",
      dependencies: [.product(name: "Session3", package: "session3")]),
    .executableTarget(
      name: "guide",
      dependencies: [.product(name: "Session3", package: "session3")]),
  ],
  swiftLanguageModes: [.v6]
)
