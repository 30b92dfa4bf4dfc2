// SPDX-License-Identifier: MIT

// What makes an error is not inlined: there are hundreds of places, and all are cold.

/// Why an operation failed: the one error type of the library.
///
/// No field holds a session id; `place` names the directory and the store's short hash of the id.
public struct StoreError: Error, Sendable {
  /// The kind of a failure; its raw value is the negative status of `session3.h`. Later versions may
  /// have more.
  @nonexhaustive
  public enum Code: Int32, Sendable {
    /// An argument is out of its range, or the object is not in a state for it.
    case invalid = -1
    /// No memory for a payload.
    case noMemory = -2
    /// A system call failed; `systemErrno` says how (ENOSPC, EACCES, EIO...).
    case io = -3
    /// The stored bytes are damaged or are not ours. They were left as they are.
    case corrupt = -4
    /// The stored form is of a later version of this library. It was left as it is.
    case format = -5
    /// The value has another type than was asked for.
    case type = -6
    /// A session of this id exists.
    case exists = -7
    /// The session was deleted since it was loaded, or does not exist; it was not brought back.
    case gone = -8
    /// Somebody else changed the session since it was loaded, and nothing was written.
    case conflict = -9
    /// The session's lock was not to be had in time.
    case busy = -10
    /// The payload is larger than the store's maximum.
    case tooLarge = -11
    /// A value can't be stored: nested deeper than 32 levels, a map that has a key twice.
    case value = -12
    /// A number does not fit, or an increment overflows.
    case range = -13
    /// The system or the file system can't do what the store needs.
    case unsupported = -14
    /// A store of the host's own failed, or broke its contract.
    case callback = -15
    /// The memory that a C caller gave is too small.
    case tooSmall = -16
    /// Anybody may write to the directory, and so plant sessions in it.
    case insecure = -17
  }

  /// What is known of a failure.
  struct Details: Sendable {
    var status: Int32
    var systemErrno: Int32 = 0
    var isOfSync = false
    var cause: StaticString
    var detail: String?
    var attribute: String?
    var offset: Int?
    var operation: StaticString?
    var place: String?
  }

  /// Behind a reference, so that an error is one word on its way through a dozen callers.
  private final class Box: Sendable {
    let details: Details

    init(_ details: Details) {
      self.details = details
    }
  }

  /// Nil where memory ran out: that must not take memory to say.
  private let box: Box?

  private static var outOfMemory: Details {
    Details(status: Code.noMemory.rawValue, cause: "out of memory")
  }

  private init(_ details: Details) {
    box = Box(details)
  }

  private init(outOfMemory: Void) {
    box = nil
  }

  static var noMemory: StoreError { StoreError(outOfMemory: ()) }

  /// An error of the library's own.
  @inline(never)
  init(_ code: Code, _ cause: StaticString, offset: Int? = nil) {
    self.init(Details(status: code.rawValue, cause: cause, offset: offset))
  }

  /// A failed system call.
  /// - Parameters:
  ///   - call: its name, as its man page is called; or what it was for.
  ///   - errno: positive.
  @inline(never)
  init(call: StaticString, errno: Int32) {
    self.init(Details(status: Code.io.rawValue, systemErrno: errno, cause: call))
  }

  /// A host's callback that failed in its own words.
  @inline(never)
  init(status: Int32, cause: StaticString, systemErrno: Int32, detail: String?) {
    self.init(Details(status: status, systemErrno: systemErrno, cause: cause, detail: detail))
  }

  var details: Details { box?.details ?? Self.outOfMemory }

  /// The status that C callers get: the code's raw value, or what a host's callback returned.
  public var status: Int32 { details.status }
  /// The kind of the failure; nil for a status that is a host's own.
  public var code: Code? { Code(rawValue: status) }
  /// Whether the stored bytes are at fault, so that trying again does not help.
  var isUnreadable: Bool {
    switch code {
    case .corrupt, .format, .tooLarge: true
    default: false
    }
  }
  /// Whether all was done but for a sync: it is there, and a power cut may take it back.
  var isOfSync: Bool { details.isOfSync }
  /// `errno` of the system call that failed, or 0.
  public var systemErrno: Int32 { details.systemErrno }
  /// The attribute or field that is at fault, or nil.
  public var attribute: String? { details.attribute }
  /// The byte at fault, counted from the start of what was parsed, or nil.
  public var offset: Int? { details.offset }
  /// Where: the directory, and the short hash of the session's id; nil where no store was asked.
  public var place: String? { details.place }

  /// The same error, said of a verb and a place; what is there already stays.
  @inline(never)
  func during(_ operation: StaticString, at place: String? = nil) -> StoreError {
    changed {
      if $0.operation == nil { $0.operation = operation }
      if $0.place == nil { $0.place = place }
    }
  }

  /// The same error with another code: malformed bytes are a bad value where a host hands them in,
  /// and damage where they were stored.
  @inline(never)
  func recoded(_ code: Code) -> StoreError {
    changed { $0.status = code.rawValue }
  }

  /// The same error, said of a sync after all was done.
  var ofSync: StoreError {
    changed { $0.isOfSync = true }
  }

  /// The same error, said of an attribute.
  @inline(never)
  func of(attribute: String) -> StoreError {
    changed { $0.attribute = attribute }
  }

  private func changed(_ change: (inout Details) -> Void) -> StoreError {
    guard var details = box?.details else { return self }
    change(&details)
    return StoreError(details)
  }
}
