// swift-tools-version: 6.3
// SPDX-License-Identifier: MIT
// An outside package: it knows of the library what its users know, a repository's URL and a version. The
// tests build a copy of it, and say both by the environment.
import PackageDescription

let environment = Context.environment
guard let url = environment["SESSION3_URL"],
  let version = environment["SESSION3_VERSION"].flatMap({ Version($0) })
else { fatalError("SESSION3_URL and SESSION3_VERSION say what is tested") }

let package = Package(
  name: "outside",
  dependencies: [.package(url: url, exact: version)],
  targets: ["guide", "visits", "worker"].map { name in
    .executableTarget(
      name: name, dependencies: [.product(name: "Session3", package: "session3")])
  },
  swiftLanguageModes: [.v6]
)
