// SPDX-License-Identifier: MIT
internal import CSession3

/// A session in a host's hands.
struct CopyModel {
  var id: StoreModel.ID?
  var content = NaivePayload()
  /// What the store held when the copy was loaded or saved last.
  var base: (content: NaivePayload, version: Int, life: Int)?
  var created: Int64 = 0
  var accessed: Int64 = 0
  /// Whether another copy gave it a new id, of which this one does not know.
  var isMoved = false

  init(id: StoreModel.ID?) {
    self.id = id
  }

  init(id: StoreModel.ID, _ stored: StoreModel.Stored) {
    self.id = id
    adopt(stored)
  }

  var isChanged: Bool { base.map { $0.content != content } ?? true }

  mutating func adopt(_ stored: StoreModel.Stored) {
    content = stored.content
    base = (stored.content, stored.version, stored.life)
    created = stored.created
    accessed = stored.accessed
  }
}

extension StoreModel {
  /// A policy's conflict rule, and whether it resurrects; nil for one that is unknown.
  private func rule(_ given: UInt32) -> (conflict: UInt32, resurrects: Bool)? {
    let (named, flag) = (given & ~0x100, given & 0x100 != 0)
    guard named <= SESSION3_SAVE_FAIL else { return nil }
    guard named == SESSION3_SAVE_DEFAULT else { return (named, flag) }
    let own = policy & 0xff
    return (own == 0 ? SESSION3_SAVE_MERGE : own, flag || policy & 0x100 != 0)
  }

  private mutating func store(
    _ copy: inout CopyModel, _ id: ID, _ content: NaivePayload, life: Int
  ) -> session3_status {
    guard let stored = put(id, content, created: copy.created, life: life) else {
      return SESSION3_E_TOO_LARGE
    }
    copy.adopt(stored)
    return SESSION3_OK
  }

  mutating func save(_ copy: inout CopyModel, _ given: UInt32) -> session3_status {
    guard let rule = rule(given), let id = copy.id else { return SESSION3_E_INVALID }
    guard let base = copy.base else {
      guard fits(copy.content) else { return SESSION3_E_TOO_LARGE }
      copy.created = now
      return store(&copy, id, copy.content, life: fresh())
    }
    guard copy.isChanged else { return saveUnchanged(&copy, id, life: base.life, rule.resurrects) }
    guard fits(copy.content) else { return SESSION3_E_TOO_LARGE }
    if let found = sessions[id], found.life == base.life {
      return reconcile(&copy, id, found, rule.conflict)
    }
    if let status = follow(&copy, from: id, life: base.life, rule.conflict) { return status }
    guard rule.resurrects else { return SESSION3_E_GONE }
    return store(&copy, id, copy.content, life: fresh())
  }

  private mutating func saveUnchanged(
    _ copy: inout CopyModel, _ id: ID, life: Int, _ resurrects: Bool
  ) -> session3_status {
    let last = max(copy.accessed, copy.created)
    let isOld = now - last > resolution || now < last
    if sessions[id] != nil {
      if isOld {
        sessions[id]?.accessed = now
        copy.accessed = now
      }
      return SESSION3_OK
    }
    if let new = renewed[life], new != id, sessions[new] != nil {
      sessions[new]?.accessed = now
      copy.accessed = now
      copy.isMoved = true
      return SESSION3_OK
    }
    guard resurrects else { return SESSION3_E_GONE }
    return store(&copy, id, copy.content, life: fresh())
  }

  /// A save of a changed copy where the session is found.
  private mutating func reconcile(
    _ copy: inout CopyModel, _ id: ID, _ found: Stored, _ conflict: UInt32
  ) -> session3_status {
    guard let content = combined(copy, found, conflict) else { return SESSION3_E_CONFLICT }
    return store(&copy, id, content, life: found.life)
  }

  /// What is to be stored; nil for a conflict.
  private func combined(
    _ copy: CopyModel, _ found: Stored, _ conflict: UInt32
  ) -> NaivePayload? {
    guard let base = copy.base, base.version != found.version else { return copy.content }
    switch conflict {
    case SESSION3_SAVE_MERGE:
      return .merged(base: base.content, theirs: found.content, ours: copy.content)
    case SESSION3_SAVE_OVERWRITE:
      return .overwritten(base: base.content, theirs: found.content, ours: copy.content)
    default: return nil
    }
  }

  /// A save of a copy of a session that has another id since: to whom the same user is logged in by
  /// both it is a save, else its attributes alone arrive, and it is told nothing.
  private mutating func follow(
    _ copy: inout CopyModel, from id: ID, life: Int, _ conflict: UInt32
  ) -> session3_status? {
    guard let new = renewed[life], new != id, let found = sessions[new], found.life == life,
      let base = copy.base
    else { return nil }
    let user = base.content.fields[NaivePayload.user]
    if user != nil, user == found.content.fields[NaivePayload.user] {
      let status = reconcile(&copy, new, found, conflict)
      if status == SESSION3_OK { copy.isMoved = true }
      return status
    }
    guard conflict != SESSION3_SAVE_FAIL else { return SESSION3_E_CONFLICT }
    var ours = base.content
    ours.attributes = copy.content.attributes
    let merged = NaivePayload.merged(base: base.content, theirs: found.content, ours: ours)
    guard put(new, merged, created: copy.created, life: life) != nil else {
      return SESSION3_E_TOO_LARGE
    }
    copy.isMoved = true
    copy.base?.content = copy.content
    return SESSION3_OK
  }

  /// `made`: the id that the library chose, where it did.
  mutating func create(_ copy: inout CopyModel, made: ID?) -> session3_status {
    guard copy.base == nil else { return SESSION3_E_INVALID }
    guard fits(copy.content) else { return SESSION3_E_TOO_LARGE }
    guard let id = copy.id ?? made else { return SESSION3_OK }
    guard sessions[id] == nil else { return SESSION3_E_EXISTS }
    copy.id = id
    copy.created = now
    return store(&copy, id, copy.content, life: fresh())
  }

  mutating func renew(_ copy: inout CopyModel, _ given: UInt32, made: ID?) -> session3_status {
    guard let rule = rule(given), let id = copy.id, let base = copy.base else {
      return SESSION3_E_INVALID
    }
    guard let found = sessions[id], found.life == base.life else { return SESSION3_E_GONE }
    guard let content = combined(copy, found, rule.conflict) else { return SESSION3_E_CONFLICT }
    guard fits(content) else { return SESSION3_E_TOO_LARGE }
    guard let made else { return SESSION3_OK }
    sessions[id] = nil
    renewed[found.life] = made
    copy.id = made
    copy.isMoved = false
    return store(&copy, made, content, life: found.life)
  }

  mutating func deleteUnchanged(_ copy: CopyModel) -> session3_status {
    guard let id = copy.id, let base = copy.base else { return SESSION3_E_INVALID }
    var place = id
    if sessions[id] == nil, copy.isMoved, let new = renewed[base.life] { place = new }
    guard let found = sessions[place] else { return SESSION3_NOT_FOUND }
    guard found.version == base.version else { return SESSION3_E_CONFLICT }
    sessions[place] = nil
    return SESSION3_OK
  }
}
