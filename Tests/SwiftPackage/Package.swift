// swift-tools-version: 6.3
// SPDX-License-Identifier: MIT
// An outside package: it knows of the library what its users know. By the environment it depends on a
// version at a repository's URL, as theirs do; else on the folder.
import PackageDescription

let session3: Package.Dependency =
  if let url = Context.environment["SESSION3_URL"],
    let version = Context.environment["SESSION3_VERSION"].flatMap({ Version($0) })
  {
    .package(url: url, exact: version)
  } else {
    .package(name: "session3", path: "../..")
  }

let package = Package(
  name: "outside",
  dependencies: [session3],
  targets: ["guide", "visits", "worker"].map { name in
    .executableTarget(
      name: name, dependencies: [.product(name: "Session3", package: "session3")])
  },
  swiftLanguageModes: [.v6]
)
