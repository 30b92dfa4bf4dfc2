// SPDX-License-Identifier: MIT

/// What a save makes of two descendants of one payload, by include/session3/store.h: dictionaries,
/// and one rule for each entry.
extension NaivePayload {
  /// SESSION3_SAVE_MERGE: keep what only they changed, and what we changed; form tokens as a set. Of
  /// who logged somebody in the tokens alone count.
  static func merged(
    base: NaivePayload, theirs: NaivePayload, ours: NaivePayload
  ) -> NaivePayload {
    var result = NaivePayload()
    result.fields = merged(base.fields, theirs.fields, ours.fields)
    result.attributes = merged(base.attributes, theirs.attributes, ours.attributes)
    if base.fields[user] != ours.fields[user] {
      result.fields[csrf] = ours.fields[csrf]
      result.tokens = ours.tokens
    } else if base.fields[user] != theirs.fields[user] {
      result.fields[csrf] = theirs.fields[csrf]
      result.tokens = theirs.tokens
    } else {
      result.tokens = mergedTokens(base, theirs, ours)
    }
    return result
  }

  /// SESSION3_SAVE_OVERWRITE: ours, but of the tokens those that were used stay used.
  static func overwritten(
    base: NaivePayload, theirs: NaivePayload, ours: NaivePayload
  ) -> NaivePayload {
    var result = ours
    if base.fields[user] == ours.fields[user] { result.tokens = mergedTokens(base, theirs, ours) }
    return result
  }

  private static func merged(
    _ base: [[UInt8]: [UInt8]], _ theirs: [[UInt8]: [UInt8]], _ ours: [[UInt8]: [UInt8]]
  ) -> [[UInt8]: [UInt8]] {
    var result: [[UInt8]: [UInt8]] = [:]
    for key in Set(base.keys).union(theirs.keys).union(ours.keys) {
      result[key] = base[key] == ours[key] ? theirs[key] : ours[key]
    }
    return result
  }

  /// What either took out is out, what either put in is in; of too many the newest, theirs before
  /// ours.
  private static func mergedTokens(
    _ base: NaivePayload, _ theirs: NaivePayload, _ ours: NaivePayload
  ) -> [[UInt8]] {
    let (before, our, their) = (Set(base.tokens), Set(ours.tokens), Set(theirs.tokens))
    let kept = before.intersection(our).intersection(their)
    let known = kept.union(their.subtracting(before)).union(our.subtracting(before))
    let order = theirs.tokens + ours.tokens.filter { !their.contains($0) }
    return order.filter { known.contains($0) }.suffix(maximumTokens)
  }
}
