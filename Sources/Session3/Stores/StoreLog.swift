// SPDX-License-Identifier: MIT
internal import CSession3System
internal import Synchronization

/// Where a store's messages go: a host's function, called no oftener than a rate.
///
/// No message holds a session id, a token, or anything of a session's content.
public final class StoreLog: Sendable {
  /// How much a message matters; the numbers are the priorities of syslog(3).
  public enum Level: UInt32, Sendable {
    /// Somebody must look.
    case error = 3
    /// Somebody should look.
    case warning = 4
    /// What was done on a large scale.
    case info = 6
    /// What is normal, and explains what a visitor saw.
    case debug = 7
  }

  /// The most messages of one level in one second.
  static var rate: UInt64 { 10 }

  private let level: Level
  private let write: @Sendable (Level, Int32, UnsafeRawBufferPointer) -> Void
  private let errors = Rate()
  private let warnings = Rate()
  private let infos = Rate()
  private let debugs = Rate()
  private let all = Counter()

  /// - Parameters:
  ///   - level: what matters less is not told.
  ///   - write: gets the status of a failure, or 0, and one line of UTF-8, with a NUL behind it
  ///     that the count leaves out.
  init(level: Level, write: @escaping @Sendable (Level, Int32, UnsafeRawBufferPointer) -> Void) {
    self.level = level
    self.write = write
  }

  /// How many messages were left out.
  var leftOut: UInt64 { all.value }

  /// Tells of a failure.
  func tell(_ level: Level, _ failure: StoreError) {
    // An attribute's name is the host's, and may be a visitor's.
    tell(level, status: failure.status) { $0.write(failure, namesAttribute: false) }
  }

  /// Tells something of an operation at a place.
  func tell(
    _ level: Level, _ operation: StaticString, at place: String,
    _ body: (inout MessageWriter) -> Void
  ) {
    tell(level) { message in
      message.part(operation.bytes)
      message.part(place: place)
      body(&message)
    }
  }

  @inline(never)
  private func tell(
    _ level: Level, status: Int32 = 0, _ body: (inout MessageWriter) -> Void
  ) {
    guard level.rawValue <= self.level.rawValue else { return }
    let leftOut: UInt64
    switch level {
    case .error: leftOut = errors.admit(all)
    case .warning: leftOut = warnings.admit(all)
    case .info: leftOut = infos.admit(all)
    case .debug: leftOut = debugs.admit(all)
    }
    guard leftOut != Rate.refused else { return }
    withUnsafeTemporaryAllocation(byteCount: 300, alignment: 1) { memory in
      var message = MessageWriter(UnsafeMutableRawBufferPointer(rebasing: memory[0..<240]))
      body(&message)
      var count = message.count
      if leftOut > 0 {
        var note = MessageWriter(UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
        note.append(" (")
        note.appendNumber(leftOut)
        note.append(" messages before it were left out)")
        count += note.count
      }
      memory[count] = 0
      write(level, status, UnsafeRawBufferPointer(rebasing: memory[0..<count]))
    }
  }
}

/// Admits so many messages in each second, without a lock.
private struct Rate: ~Copyable, Sendable {
  /// The second, and how many were admitted in it.
  private let window = Atomic<UInt64>(0)
  private let leftOut = Atomic<UInt64>(0)

  static var refused: UInt64 { UInt64.max }

  /// Asks for one more.
  /// - Parameter all: counts those that are refused.
  /// - Returns: how many were refused since the last that was admitted; or `refused`.
  func admit(_ all: borrowing Counter) -> UInt64 {
    // Never 0, where the window begins.
    let second = UInt64(max(system_monotonic_us(), 0)) / 1_000_000 + 1
    var seen = window.load(ordering: .relaxed)
    while true {
      // A thread that is late by a second finds a window that is ahead of it.
      let second = max(second, seen >> 8)
      let count = seen >> 8 == second ? seen & 0xff : 0
      guard count < StoreLog.rate else {
        leftOut.wrappingAdd(1, ordering: .relaxed)
        all.add()
        return Self.refused
      }
      let (isDone, now) = window.compareExchange(
        expected: seen, desired: second << 8 | (count + 1), ordering: .relaxed)
      if isDone { return leftOut.exchange(0, ordering: .relaxed) }
      seen = now
    }
  }
}

#if !hasFeature(Embedded)

/// What Swift hosts call.
extension StoreLog {
  /// A log.
  /// - Parameters:
  ///   - level: what matters less is not told.
  ///   - write: gets one line; called from any thread that uses the store, with no lock held. It
  ///     must not use the store.
  public convenience init(
    level: Level = .warning, write: @escaping @Sendable (Level, String) -> Void
  ) {
    self.init(level: level) { (level: Level, _: Int32, line: UnsafeRawBufferPointer) in
      write(level, String(decoding: line, as: UTF8.self))
    }
  }
}

#endif
