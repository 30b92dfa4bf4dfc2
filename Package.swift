// swift-tools-version: 6.3
// SPDX-License-Identifier: MIT
// The library as normal Swift: for Swift hosts, XCTest, sanitizers and coverage. The product with
// the C interface, in Embedded Swift, is built by CMakeLists.txt from the same sources; its
// functions (session3_...) are in this build too.
import PackageDescription

let package = Package(
  name: "session3",
  products: [
    .library(name: "Session3", targets: ["Session3"])
  ],
  targets: [
    // The C contract: headers alone.
    .systemLibrary(name: "CSession3", path: "include"),
    .target(name: "CSession3System"),
    .target(
      name: "Session3",
      dependencies: ["CSession3", "CSession3System"],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
    .testTarget(
      name: "Session3Tests",
      dependencies: ["Session3", "CSession3", "CSession3System"]),
  ],
  swiftLanguageModes: [.v6]
)
