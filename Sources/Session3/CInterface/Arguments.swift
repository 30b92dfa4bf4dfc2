// SPDX-License-Identifier: MIT
internal import CSession3
internal import CSession3System

// What every function of the C interface does with its arguments: check them, and turn a thrown
// error into a status and the caller's struct. The only place where the two meet.

typealias CErrorPointer = UnsafeMutablePointer<session3_error>?

/// Runs a function's body.
///
/// `operation`: the function's verb, for the error's message, where no store names one.
func answer(
  _ error: CErrorPointer, _ operation: StaticString,
  _ body: () throws(StoreError) -> session3_status
) -> session3_status {
  do throws(StoreError) {
    return try body()
  } catch let failure {
    return tell(failure, error, operation)
  }
}

/// Out of line, or its code would stand in each of the functions.
@inline(never)
private func tell(
  _ failure: StoreError, _ error: CErrorPointer, _ operation: StaticString
) -> session3_status {
  error?.fill(failure.during(operation))
  return failure.status
}

@inline(never)
func invalid(_ cause: StaticString) -> StoreError { StoreError(.invalid, cause) }

/// The object behind a handle.
func object<Object: AnyObject>(
  _ handle: OpaquePointer?, _ type: Object.Type
) throws(StoreError) -> Object {
  guard let handle else { throw invalid("a handle is NULL") }
  return Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
}

/// The object behind a handle, where a function answers no status.
func objectIfAny<Object: AnyObject>(_ handle: OpaquePointer?, _ type: Object.Type) -> Object? {
  handle.map { Unmanaged<Object>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}

/// A handle that owns an object.
func handle<Object: AnyObject>(owning object: Object) -> OpaquePointer {
  OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

/// Releases what a handle owns.
func release<Object: AnyObject>(_ handle: OpaquePointer?, _ type: Object.Type) {
  guard let handle else { return }
  Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).release()
}

/// An out that must be there.
func out<Pointee: ~Copyable>(
  _ pointer: UnsafeMutablePointer<Pointee>?
) throws(StoreError) -> UnsafeMutablePointer<Pointee> {
  guard let pointer else { throw invalid("an out parameter is NULL") }
  return pointer
}

/// An out for a handle, set to NULL.
func handleOut(
  _ pointer: UnsafeMutablePointer<OpaquePointer?>?
) throws(StoreError) -> UnsafeMutablePointer<OpaquePointer?> {
  let pointer = try out(pointer)
  pointer.pointee = nil
  return pointer
}

/// Text that must be there.
func text(
  _ start: UnsafePointer<CChar>?, _ length: Int, orCause missing: StaticString = "the text is NULL"
) throws(StoreError) -> UnsafeRawBufferPointer {
  guard let start else { throw invalid(missing) }
  return try memory(UnsafeRawPointer(start), length)
}

/// Bytes, which may be NULL where there are none.
func memory(_ start: UnsafeRawPointer?, _ length: Int) throws(StoreError)
  -> UnsafeRawBufferPointer
{
  guard length >= 0, start != nil || length == 0 else {
    throw invalid("bytes are NULL, or longer than memory")
  }
  return UnsafeRawBufferPointer(start: start, count: length)
}

/// A key of an attribute, or of a member of a map.
func key(
  _ start: UnsafePointer<CChar>?, _ length: Int
) throws(StoreError) -> UnsafeRawBufferPointer {
  try text(start, length, orCause: "the key is NULL")
}

/// The bytes of an id.
func id(
  _ start: UnsafePointer<CChar>?, _ length: Int
) throws(StoreError) -> UnsafeRawBufferPointer {
  try text(start, length, orCause: "the id is NULL")
}

/// An id to write to.
func sessionID(_ start: UnsafePointer<CChar>?, _ length: Int) throws(StoreError) -> SessionID {
  guard let id = SessionID(try id(start, length)) else {
    throw invalid("not a session id: 1 to 128 of A-Z a-z 0-9 _ -")
  }
  return id
}

/// A save policy, in which what is not named is as in another.
func savePolicy(
  _ policy: session3_save_policy, default other: SavePolicy
) throws(StoreError) -> SavePolicy {
  let named = policy & ~SESSION3_SAVE_RESURRECT
  let resurrects = policy & SESSION3_SAVE_RESURRECT != 0
  if named == SESSION3_SAVE_DEFAULT {
    return SavePolicy(other.onConflict, resurrects: resurrects || other.resurrects)
  }
  guard let conflict = SavePolicy.Conflict(rawValue: named) else {
    throw invalid("an unknown save policy")
  }
  return SavePolicy(conflict, resurrects: resurrects)
}

/// Copies a struct of the caller's that says its own size; a shorter one is an older caller's, and a
/// longer one may say nothing that this version does not know.
func sized<Value>(
  _ pointer: UnsafePointer<Value>, minimum: Int, into value: inout Value
) throws(StoreError) {
  let raw = UnsafeRawPointer(pointer)
  let size = raw.loadUnaligned(as: Int.self)
  guard size >= minimum, size <= 4_096 else { throw wrongSize(size) }
  let known = MemoryLayout<Value>.size
  for offset in stride(from: known, to: max(size, known), by: 1)
  where raw.load(fromByteOffset: offset, as: UInt8.self) != 0 {
    throw invalid("a struct has fields of a later version that are not zero")
  }
  withUnsafeMutableBytes(of: &value) {
    $0.copyMemory(from: UnsafeRawBufferPointer(start: raw, count: min(size, known)))
  }
}

private func wrongSize(_ size: Int) -> StoreError {
  invalid(
    size == 0
      ? "a struct's size is wrong: it was not initialized by its SESSION3_..._INIT"
      : "a struct's size is wrong")
}

/// Fills a struct of the caller's as far as its size goes, which stays as it is.
func fill<Value>(
  _ pointer: UnsafeMutablePointer<Value>?, minimum: Int, with value: Value
) throws(StoreError) {
  let raw = UnsafeMutableRawPointer(try out(pointer))
  let size = raw.loadUnaligned(as: Int.self)
  guard size >= minimum else { throw wrongSize(size) }
  withUnsafeBytes(of: value) { source in
    let field = MemoryLayout<Int>.size
    let end = min(size, source.count)
    guard end > field else { return }
    UnsafeMutableRawBufferPointer(start: raw + field, count: end - field)
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[field..<end]))
  }
}
