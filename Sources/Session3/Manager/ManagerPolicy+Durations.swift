// SPDX-License-Identifier: MIT

#if !hasFeature(Embedded)

/// What Swift hosts say; all of it counts in whole microseconds.
extension ManagerPolicy {
  /// How long a session lives without being used; nil: for ever.
  public var idleTimeout: Duration? {
    get { limits.idle.map { .microseconds($0) } }
    set { limits.idle = newValue?.inMicroseconds }
  }

  /// How long a session lives after the login, or after it was created if nobody logged in, however
  /// busy it is; nil: for ever.
  public var lifetime: Duration? {
    get { limits.lifetime.map { .microseconds($0) } }
    set { limits.lifetime = newValue?.inMicroseconds }
  }

  /// How long a persistent session lives without being used, and how long browsers keep its cookie,
  /// which is 400 days at most; 30 days unless told.
  public var persistentTimeout: Duration {
    get { .microseconds(limits.persistent) }
    set { limits.persistent = newValue.inMicroseconds }
  }

  /// How old an access time is before a request that changes nothing renews it; nil: as the
  /// repository has it; negative: always. Shorter than the timeouts, or sessions would end in use.
  public var accessResolution: Duration? {
    get { limits.accessResolution.map { .microseconds($0) } }
    set { limits.accessResolution = newValue?.inMicroseconds }
  }
}

#endif
