// SPDX-License-Identifier: MIT
@testable import Session3

/// What browsers, pages and hosts do with sessions, as the header tells it: ids change, sessions are
/// themselves all the while.
struct ManagerModel {
  /// A session through all its ids.
  struct Life {
    var id: SessionID
    var user: String?
    var keys: Set<String>
    var isAlive = true
    /// Counts what was stored.
    var version = 1
    /// What each host last gave it for an id.
    var renewals: [Int: SessionID] = [:]

    var hasInfo: Bool { user != nil || !keys.isEmpty }
  }

  /// A session as a request has it.
  struct Copy {
    /// Which life; nil for a session that is new.
    var life: Int?
    var id: SessionID?
    var version = 0
    var user: String?
    var keys: Set<String> = []

    var hasInfo: Bool { user != nil || !keys.isEmpty }
  }

  /// A request, from its beginning to its end.
  struct Request {
    let host: Int
    let hasCookie: Bool
    /// The session as it was found.
    let base: Copy
    /// The session as the page left it; nil if it was expired.
    var session: Copy?
    var asksForRenewal = false
    var expired: [Copy] = []
    var userToExpire: (user: String, isAll: Bool)?
  }

  enum Cookie: Equatable {
    case keep
    case revoke
    /// The id of a life.
    case set(Int)
  }

  struct Ending: Equatable {
    var outcome: SessionRequest.Outcome
    var cookie = Cookie.keep
  }

  private(set) var lives: [Life] = []
  private let newID: () -> SessionID?

  /// - Parameter newID: the id of the session that the library made or renewed last; asked once a
  ///   life has another.
  init(newID: @escaping () -> SessionID?) {
    self.newID = newID
  }

  /// The life that an id stands for.
  func life(of id: SessionID?) -> Int? {
    guard let id else { return nil }
    return lives.firstIndex { $0.isAlive && $0.id == id }
  }

  var ids: Set<SessionID> { Set(lives.filter(\.isAlive).map(\.id)) }

  func start(_ cookie: SessionID?, at host: Int) -> Request {
    var found = Copy()
    if let life = life(of: cookie) {
      found = Copy(
        life: life, id: cookie, version: lives[life].version, user: lives[life].user,
        keys: lives[life].keys)
    }
    return Request(host: host, hasCookie: cookie != nil, base: found, session: found)
  }

  // MARK: The end

  mutating func finish(_ request: Request) -> Ending {
    expireUser(of: request)
    var ending = Ending(outcome: .none)
    if let session = request.session {
      let base = session.life == nil ? Copy() : request.base
      ending = maintain(session, base, request)
    }
    for copy in request.expired {
      if let life = reached(by: copy, at: request.host)?.life { lives[life].isAlive = false }
    }
    let hasNone = request.session == nil
    let isForgotten = hasNone || ending.outcome == .none && request.session?.id == nil
    if !request.expired.isEmpty, isForgotten {
      ending = Ending(outcome: .deleted, cookie: request.hasCookie ? .revoke : .keep)
    }
    return ending
  }

  private mutating func expireUser(of request: Request) {
    guard let (user, isAll) = request.userToExpire else { return }
    // Also where another host gave it a new id meanwhile.
    let spared = isAll ? nil : request.session?.life
    for index in lives.indices where lives[index].user == user && index != spared {
      lives[index].isAlive = false
    }
  }

  /// Where what a copy saves arrives: under its own id, or under the one that this host gave.
  private func reached(by copy: Copy, at host: Int) -> (life: Int, isMoved: Bool)? {
    guard let life = copy.life, lives[life].isAlive else { return nil }
    if lives[life].id == copy.id { return (life, false) }
    return lives[life].renewals[host] == lives[life].id ? (life, true) : nil
  }

  private mutating func maintain(_ copy: Copy, _ base: Copy, _ request: Request) -> Ending {
    guard copy.hasInfo || copy.life != nil else { return Ending(outcome: .none) }
    guard copy.life != nil else { return create(copy) }
    let isAnotherUser = copy.user != base.user
    let isChanged = isAnotherUser || copy.keys != base.keys
    if !copy.hasInfo, base.hasInfo { return discard(copy, base, request) }
    let place = reached(by: copy, at: request.host)
    if isAnotherUser || request.asksForRenewal {
      if let place, !place.isMoved {
        merge(copy, base, into: place)
        return renew(place.life, at: request.host)
      }
      if isAnotherUser, copy.user != nil {
        return base.user == nil || place != nil ? create(copy) : Ending(outcome: .gone)
      }
    }
    guard let place else { return Ending(outcome: .gone) }
    if isChanged { merge(copy, base, into: place) }
    return Ending(outcome: isChanged ? .saved : .unchanged)
  }

  private mutating func discard(_ copy: Copy, _ base: Copy, _ request: Request) -> Ending {
    guard let place = reached(by: copy, at: request.host) else { return Ending(outcome: .gone) }
    let isShutOut = isShutOut(base, of: place)
    merge(copy, base, into: place)
    if isShutOut { return Ending(outcome: .saved) }
    guard lives[place.life].hasInfo else {
      lives[place.life].isAlive = false
      return Ending(outcome: .deleted, cookie: .revoke)
    }
    if copy.user != base.user, !place.isMoved { return renew(place.life, at: request.host) }
    return Ending(outcome: .saved)
  }

  /// What a copy changed, on top of what is stored. Where it comes by an old id, and is not of the
  /// user who is logged in, it has no say in who that is.
  private mutating func merge(_ copy: Copy, _ base: Copy, into place: (life: Int, isMoved: Bool)) {
    let life = place.life
    let isShutOut = isShutOut(base, of: place)
    if copy.user != base.user, !isShutOut { lives[life].user = copy.user }
    lives[life].keys.subtract(base.keys.subtracting(copy.keys))
    lives[life].keys.formUnion(copy.keys.subtracting(base.keys))
    lives[life].version += 1
  }

  private func isShutOut(_ base: Copy, of place: (life: Int, isMoved: Bool)) -> Bool {
    place.isMoved && (base.user == nil || lives[place.life].user != base.user)
  }

  private mutating func create(_ copy: Copy) -> Ending {
    guard let id = newID() else { return Ending(outcome: .gone) }
    lives.append(Life(id: id, user: copy.user, keys: copy.keys))
    return Ending(outcome: .created, cookie: .set(lives.count - 1))
  }

  private mutating func renew(_ life: Int, at host: Int) -> Ending {
    guard let id = newID() else { return Ending(outcome: .gone) }
    lives[life].id = id
    lives[life].renewals[host] = id
    return Ending(outcome: .renewed, cookie: .set(life))
  }
}
