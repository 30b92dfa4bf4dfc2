// SPDX-License-Identifier: MIT
internal import CSession3System

/// Whether a rule is out of force.
func isBroken(_ rule: StaticString) -> Bool {
  system_is_broken(rule.cString)
}
