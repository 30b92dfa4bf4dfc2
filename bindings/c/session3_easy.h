/* SPDX-License-Identifier: MIT */
/**
 * @file session3_easy.h
 * session3.h for C web programs: NUL-terminated text, one line for each thing, scope cleanup.
 *
 * Header only, C11 (`_Generic`, and the cleanup attribute of GCC and Clang), with no state of its
 * own: every call here is one call of session3.h, or a few, and both mix freely. What is documented
 * there (statuses, lifetimes, threads, forks) holds here; only what differs is said again.
 *
 * @code
 * int main(void) {
 *   session3_error error = SESSION3_ERROR_INIT;
 *   S3_AUTO_STORE(store);
 *   S3_AUTO_SESSION(session);
 *   S3_AUTO_BUFFER(user);
 *
 *   if (s3_check("hello", s3_open("sessions", &store, &error), &error) < 0) return 1;
 *   if (s3_check("hello", s3_load_or_new(store, getenv("SESSION"), &session, &error), &error) < 0)
 *     return 1;
 *   int64_t visits = s3_get_int(session, "visits", 0) + 1;
 *   if (s3_check("hello", s3_set(session, "visits", visits, &error), &error) < 0) return 1;
 *   if (s3_check("hello", s3_save(store, session, &error), &error) < 0) return 1;
 *   printf("Set-Cookie: session=%s\n", s3_id(session));
 *   printf("%s, visit %lld\n", s3_get_user(session, "nobody", &user), (long long)visits);
 *   return 0;
 * }
 * @endcode
 *
 * @par Why the prefix s3_
 * A line of C should hold what it does, not session3_easy_ three times. All here is `static inline`
 * or a macro, so a program that links a library whose symbols also begin with s3_ links as before;
 * only a source file that includes both headers could meet a name twice, and the compiler says so.
 *
 * @par Text
 * A session's text is not NUL-terminated where it lies, so the getters here copy: into a
 * session3_buffer, which is always large enough, or by s3_copy_text into memory of the caller's.
 * No text is ever cut: what does not fit is SESSION3_E_TOO_SMALL, and text that has a NUL inside
 * (other hosts may store such) is SESSION3_E_VALUE, to be read by session3_session_get_text.
 * A NULL for a key, an id or a value is SESSION3_E_INVALID unless a function says otherwise.
 *
 * @par A trap of C11
 * `true`, `false` and `a == b` are of type int before C23. `s3_set(session, "admin", true, &error)`
 * stores the integer 1; write s3_set_bool, or hand over a variable of type bool. s3_get_bool and
 * s3_read take a stored 0 or 1 for a bool. A character in quotes is stored as a number, too.
 */
#ifndef SESSION3_EASY_H
#define SESSION3_EASY_H

#ifdef __cplusplus
#error "session3_easy.h is C11; C++ programs include session3.h"
#endif

#include <stdio.h>
#include <string.h>

#include "session3.h"

// Names and types stand in declarations. NOLINTBEGIN(bugprone-macro-parentheses)

/**
 * @name Scope cleanup
 * Each declares a variable, empty, that is released when its scope ends, but for longjmp(3) and
 * exit(3); variables of one scope in the reverse order of their declaration. A call that fills a
 * variable a second time leaks what it held: free that before.
 * @{
 */
#define S3_AUTO(type, name) \
  __attribute__((cleanup(s3_cleanup_##type))) session3_##type *name = NULL /**< for those below */
#define S3_AUTO_STORE(name) S3_AUTO(store, name)       /**< a session3_store * */
#define S3_AUTO_SESSION(name) S3_AUTO(session, name)   /**< a session3_session * */
#define S3_AUTO_ITERATOR(name) S3_AUTO(iterator, name) /**< a session3_iterator * */
#define S3_AUTO_WRITER(name) S3_AUTO(writer, name)     /**< a session3_writer * */
/** A session3_buffer. */
#define S3_AUTO_BUFFER(name) \
  __attribute__((cleanup(session3_buffer_dispose))) session3_buffer name = SESSION3_BUFFER_INIT

#define S3_DEFINE_CLEANUP(name) \
  static inline void s3_cleanup_##name(session3_##name **handle) { \
    session3_##name##_free(*handle); \
  }
S3_DEFINE_CLEANUP(store)
S3_DEFINE_CLEANUP(session)
S3_DEFINE_CLEANUP(iterator)
S3_DEFINE_CLEANUP(writer)
#undef S3_DEFINE_CLEANUP
/** @} */

/** @name Errors
 * @{ */

/** Prints "what: message" to stderr, as perror(3) does, of an error as a failing call left it; the
 * meaning of its status stands in for an empty message. */
static inline void s3_perror(const char *what, const session3_error *error) {
  const char *message = "no error was recorded";
  if (error != NULL)
    message = error->message[0] != '\0' ? error->message : session3_status_text(error->status);
  fprintf(stderr, "%s: %s\n", what, message);
}

/**
 * s3_perror if a call failed, and nothing if it did not:
 * `if (s3_check("visits", s3_save(store, session, &error), &error) < 0) return 1;`
 * @param error  that the call was given; NULL, or not initialized: prints the meaning of the status
 * @return the status; one that is not negative (SESSION3_NOT_FOUND, SESSION3_DONE) prints nothing
 */
static inline session3_status s3_check(const char *what, session3_status status,
                                       const session3_error *error) {
  session3_error meaning = SESSION3_ERROR_INIT;
  meaning.status = status;
  if (status < 0)
    s3_perror(what, error != NULL && error->status == status ? error : &meaning);
  return status;
}

/** strlen(3), and 0 for NULL: a NULL reaches the library, which answers SESSION3_E_INVALID. */
static inline size_t s3_length(const char *text) { return text != NULL ? strlen(text) : 0; }

/** For the functions below: fills an error, and cuts a long key between two characters. */
static inline session3_status s3_fail(session3_error *error, session3_status status,
                                      const char *key, const char *cause) {
  if (error == NULL || error->size < sizeof *error)
    return status;
  size_t length = s3_length(key);
  if (length > 100) {
    length = 100;
    while (length > 0 && ((unsigned char)key[length] & 0xC0) == 0x80) length--;
  }
  error->status = status;
  error->system_errno = 0;
  snprintf(error->message, sizeof error->message, "\"%.*s\": %s", (int)length,
           key != NULL ? key : "", cause);
  return status;
}
/** @} */

/** @name Stores
 * @{ */

/** Opens a directory as a store, and creates it (not its parents) if it is missing. With other
 * options: session3_store_open_directory. */
static inline session3_status s3_open(const char *path, session3_store **out,
                                      session3_error *error) {
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.flags = SESSION3_DIRECTORY_CREATE;
  return session3_store_open_directory(path, s3_length(path), &options, out, error);
}

/** Loads a session. The id may be all that a cookie brought: what is no id is not found. */
static inline session3_status s3_load(session3_store *store, const char *id, session3_session **out,
                                      session3_error *error) {
  return session3_store_load(store, id, s3_length(id), out, error);
}

/** Makes a session that no store knows yet; s3_save gives it an id. */
static inline session3_status s3_new(session3_session **out, session3_error *error) {
  return session3_session_new(NULL, 0, out, error);
}

/**
 * The session of a request: the stored one, or else a new one. A client's id that is not stored is
 * never taken over, since an attacker could have planted it.
 * @param id  as a cookie brought it; NULL if none came
 * @return SESSION3_OK; the failures of session3_store_load
 */
static inline session3_status s3_load_or_new(session3_store *store, const char *id,
                                             session3_session **out, session3_error *error) {
  session3_status status =
      session3_store_load(store, id != NULL ? id : "", s3_length(id), out, error);
  return status == SESSION3_NOT_FOUND ? s3_new(out, error) : status;
}

/** Saves a session by the store's policy; one without an id gets a fresh one. */
static inline session3_status s3_save(session3_store *store, session3_session *session,
                                      session3_error *error) {
  const char *id;
  if (session3_session_id(session, &id, NULL, NULL) == SESSION3_NOT_FOUND)
    return session3_store_create(store, session, error);
  return session3_store_save(store, session, SESSION3_SAVE_DEFAULT, error);
}

/** Deletes a session: a logout. SESSION3_NOT_FOUND if there was none. */
static inline session3_status s3_delete(session3_store *store, const char *id,
                                        session3_error *error) {
  return session3_store_delete(store, id, s3_length(id), error);
}

/** Whether there is a session of that id: SESSION3_OK or SESSION3_NOT_FOUND. */
static inline session3_status s3_has(session3_store *store, const char *id, session3_error *error) {
  return session3_store_has(store, id, s3_length(id), error);
}

/** Renews a session's access time. SESSION3_E_GONE if there is none. */
static inline session3_status s3_touch(session3_store *store, const char *id,
                                       session3_error *error) {
  return session3_store_touch(store, id, s3_length(id), error);
}

/**
 * Deletes the sessions that were not accessed for longer than some seconds, 0 or more.
 * @param deleted    receives how many; may be NULL
 * @param remaining  receives how many remain; may be NULL
 */
static inline session3_status s3_expire(session3_store *store, int64_t seconds, uint64_t *deleted,
                                        uint64_t *remaining, session3_error *error) {
  const int64_t longest = INT64_MAX / 1000000;
  int64_t age_us = seconds < 0 ? -1 : (seconds < longest ? seconds : longest) * 1000000;
  return session3_store_sweep(store, age_us, deleted, remaining, error);
}

/** Adds to an integer attribute in the store; no increment is lost. SESSION3_E_GONE if there is no
 * such session. The result may be NULL. */
static inline session3_status s3_increment(session3_store *store, const char *id, const char *key,
                                           int64_t delta, int64_t *result, session3_error *error) {
  return session3_store_increment(store, id, s3_length(id), key, s3_length(key), delta, result,
                                  error);
}

/** Checks a form token and forgets it in the store: it passes (SESSION3_OK) once. */
static inline session3_status s3_consume_form_token(session3_store *store, const char *id,
                                                    const char *token, session3_error *error) {
  return session3_store_consume_form_token(store, id, s3_length(id), token, s3_length(token),
                                           error);
}

/**
 * Deletes all sessions of a user: "log out everywhere".
 * @param user     as s3_set_user set it
 * @param except   an id to spare, or NULL
 * @param deleted  receives how many; may be NULL
 */
static inline session3_status s3_delete_user_sessions(session3_store *store, const char *user,
                                                      const char *except, uint64_t *deleted,
                                                      session3_error *error) {
  S3_AUTO_WRITER(writer);
  session3_value value;
  session3_status status = session3_writer_new(&writer, error);
  if (status == SESSION3_OK)
    status = session3_writer_text(writer, user, s3_length(user), error);
  if (status == SESSION3_OK)
    status = session3_writer_finish(writer, &value, error);
  if (status != SESSION3_OK)
    return status;
  return session3_store_delete_user_sessions(store, &value, except, s3_length(except), deleted,
                                             error);
}
/** @} */

/** @name Setting
 * @{ */
/**
 * Sets an attribute: `s3_set(session, "theme", "dark", &error)`.
 *
 * @param value  a bool, an integer, a float, a double, NUL-terminated UTF-8, or a pointer to a
 *               session3_value. Another type, such as char, long double, void *, does not compile.
 * @return SESSION3_OK; the failures of the session3_session_set_ functions
 */
// clang-format off
#define s3_set(session, key, value, error) \
  _Generic((value), bool: s3_set_bool, \
      signed char: s3_set_int, short: s3_set_int, int: s3_set_int, \
      long: s3_set_int, long long: s3_set_int, \
      unsigned char: s3_set_uint, unsigned short: s3_set_uint, unsigned int: s3_set_uint, \
      unsigned long: s3_set_uint, unsigned long long: s3_set_uint, \
      float: s3_set_double, double: s3_set_double, \
      char *: s3_set_text, const char *: s3_set_text, \
      session3_value *: s3_set_value, \
      const session3_value *: s3_set_value)((session), (key), (value), (error))
// clang-format on

#define S3_DEFINE_SET(name, type, set) \
  static inline session3_status s3_set_##name(session3_session *session, const char *key, \
                                              type value, session3_error *error) { \
    return set(session, key, s3_length(key), value, error); \
  }
/** True or false: `true` itself, too, which s3_set takes for an integer before C23. */
S3_DEFINE_SET(bool, bool, session3_session_set_bool)
S3_DEFINE_SET(int, int64_t, session3_session_set_int)
S3_DEFINE_SET(uint, uint64_t, session3_session_set_uint)
S3_DEFINE_SET(double, double, session3_session_set_double)
S3_DEFINE_SET(value, const session3_value *, session3_session_set)
/** A point in time, in microseconds since 1970 UTC. */
S3_DEFINE_SET(time, int64_t, session3_session_set_timestamp)
#undef S3_DEFINE_SET

static inline session3_status s3_set_text(session3_session *session, const char *key,
                                          const char *value, session3_error *error) {
  return session3_session_set_text(session, key, s3_length(key), value, s3_length(value), error);
}

/** Removes an attribute. SESSION3_NOT_FOUND if there was none. */
static inline session3_status s3_remove(session3_session *session, const char *key,
                                        session3_error *error) {
  return session3_session_remove(session, key, s3_length(key), error);
}

/** Sets the user: a login. NULL for none. */
static inline session3_status s3_set_user(session3_session *session, const char *user,
                                          session3_error *error) {
  return session3_session_set_user_text(session, user, s3_length(user), error);
}

/** Sets the address of the client, such as getenv("REMOTE_ADDR"). NULL for none. */
static inline session3_status s3_set_remote_address(session3_session *session, const char *address,
                                                    session3_error *error) {
  return session3_session_set_remote_address(session, address, s3_length(address), error);
}
/** @} */

/** @name Getting, with a status
 * @{ */
/**
 * Reads an attribute into a variable: `int count = 0; s3_read(session, "count", &count, &error)`.
 *
 * @param out  a pointer to a bool, an int, long or long long, signed or unsigned, a double, a
 *             session3_buffer (text) or a session3_value; written on success only
 * @return SESSION3_OK; SESSION3_NOT_FOUND; SESSION3_E_TYPE; SESSION3_E_RANGE if the number does not
 *         fit into *out; SESSION3_E_VALUE for text with a NUL inside; SESSION3_E_NOMEM;
 *         SESSION3_E_INVALID
 */
// clang-format off
#define s3_read(session, key, out, error) \
  _Generic((out), bool *: s3_read_bool, double *: s3_read_double, \
      int *: s3_read_int, unsigned int *: s3_read_unsigned, \
      long *: s3_read_long, unsigned long *: s3_read_unsigned_long, \
      long long *: s3_read_long_long, unsigned long long *: s3_read_unsigned_long_long, \
      session3_buffer *: s3_read_text, \
      session3_value *: s3_read_value)((session), (key), (out), (error))
// clang-format on

static inline session3_status s3_read_bool(const session3_session *session, const char *key,
                                           bool *out, session3_error *error) {
  int64_t number = -1;
  session3_session_get_int(session, key, s3_length(key), &number, NULL);
  if (out == NULL || (number != 0 && number != 1))
    return session3_session_get_bool(session, key, s3_length(key), out, error);
  *out = number == 1;
  return SESSION3_OK;
}

#define S3_DEFINE_READ(name, type, get, widest) \
  static inline session3_status s3_read_##name(const session3_session *session, const char *key, \
                                               type *out, session3_error *error) { \
    widest number; \
    if (out == NULL) \
      return get(session, key, s3_length(key), NULL, error); \
    session3_status status = get(session, key, s3_length(key), &number, error); \
    if (status != SESSION3_OK) \
      return status; \
    if ((widest)(type)number != number) \
      return s3_fail(error, SESSION3_E_RANGE, key, "the number does not fit into " #type); \
    *out = (type)number; \
    return SESSION3_OK; \
  }
S3_DEFINE_READ(int, int, session3_session_get_int, int64_t)
S3_DEFINE_READ(long, long, session3_session_get_int, int64_t)
S3_DEFINE_READ(long_long, long long, session3_session_get_int, int64_t)
S3_DEFINE_READ(unsigned, unsigned, session3_session_get_uint, uint64_t)
S3_DEFINE_READ(unsigned_long, unsigned long, session3_session_get_uint, uint64_t)
S3_DEFINE_READ(unsigned_long_long, unsigned long long, session3_session_get_uint, uint64_t)
#undef S3_DEFINE_READ

static inline session3_status s3_read_double(const session3_session *session, const char *key,
                                             double *out, session3_error *error) {
  return session3_session_get_double(session, key, s3_length(key), out, error);
}

/** For the functions below: SESSION3_E_VALUE for text that would be cut at a NUL. */
static inline session3_status s3_check_text(const char *key, const char *text, size_t length,
                                            session3_error *error) {
  if (length == 0 || memchr(text, '\0', length) == NULL)
    return SESSION3_OK;
  return s3_fail(error, SESSION3_E_VALUE, key, "the text has a NUL inside");
}

/** The buffer's data is NUL-terminated. */
static inline session3_status s3_read_text(const session3_session *session, const char *key,
                                           session3_buffer *out, session3_error *error) {
  const char *text;
  size_t length;
  session3_status status =
      session3_session_get_text(session, key, s3_length(key), &text, &length, error);
  if (status == SESSION3_OK)
    status = s3_check_text(key, text, length, error);
  return status == SESSION3_OK ? session3_buffer_assign(out, text, length, error) : status;
}

/** The view is borrowed from the session. */
static inline session3_status s3_read_value(const session3_session *session, const char *key,
                                            session3_value *out, session3_error *error) {
  return session3_session_get(session, key, s3_length(key), out, error);
}

/**
 * Copies text into memory of the caller's, as snprintf(3) does, but all of it or nothing.
 * @param text      receives the text and a NUL; an empty text on any failure, unless capacity is 0
 * @param capacity  of text, in bytes; with 0, text may be NULL
 * @param length    receives the text's length without the NUL, also with SESSION3_E_TOO_SMALL; may
 *                  be NULL
 * @return as s3_read; SESSION3_E_TOO_SMALL: *length + 1 bytes are needed
 */
static inline session3_status s3_copy_text(const session3_session *session, const char *key,
                                           char *text, size_t capacity, size_t *length,
                                           session3_error *error) {
  const char *borrowed;
  size_t found;
  if (text == NULL && capacity > 0)
    return s3_fail(error, SESSION3_E_INVALID, key, "there is no memory to copy the text into");
  if (capacity > 0)
    text[0] = '\0';
  session3_status status =
      session3_session_get_text(session, key, s3_length(key), &borrowed, &found, error);
  if (status == SESSION3_OK)
    status = s3_check_text(key, borrowed, found, error);
  if (status != SESSION3_OK)
    return status;
  if (length != NULL)
    *length = found;
  if (found >= capacity)
    return s3_fail(error, SESSION3_E_TOO_SMALL, key, "the text is longer than the caller's memory");
  memcpy(text, borrowed, found);
  text[found] = '\0';
  return SESSION3_OK;
}
/** @} */

/**
 * @name Getting, with a fallback
 * Each returns the attribute, or the fallback if there is none, if it is of another type, or does
 * not fit. To tell those apart: s3_read.
 * @{
 */
/** True or false. */
static inline bool s3_get_bool(const session3_session *session, const char *key, bool fallback) {
  s3_read_bool(session, key, &fallback, NULL);
  return fallback;
}
/** An integer that an int64_t holds. */
static inline int64_t s3_get_int(const session3_session *session, const char *key,
                                 int64_t fallback) {
  session3_session_get_int(session, key, s3_length(key), &fallback, NULL);
  return fallback;
}
/** An integer that is not negative. */
static inline uint64_t s3_get_uint(const session3_session *session, const char *key,
                                   uint64_t fallback) {
  session3_session_get_uint(session, key, s3_length(key), &fallback, NULL);
  return fallback;
}
/** A stored integer gives the fallback: a conversion could lose digits. */
static inline double s3_get_double(const session3_session *session, const char *key,
                                   double fallback) {
  session3_session_get_double(session, key, s3_length(key), &fallback, NULL);
  return fallback;
}
/** A point in time, in microseconds since 1970 UTC. */
static inline int64_t s3_get_time(const session3_session *session, const char *key,
                                  int64_t fallback_us) {
  session3_session_get_timestamp(session, key, s3_length(key), &fallback_us, NULL);
  return fallback_us;
}

/**
 * Text: `s3_get_text(session, "theme", "light", &theme)`, with S3_AUTO_BUFFER(theme) above.
 * @param fallback  may be NULL
 * @param buffer    an initialized one; what it held before ends
 * @return the buffer's bytes, NUL-terminated, until the buffer is given something else or disposed
 *         of; or the fallback, also for a NUL inside, without memory, and for another buffer
 */
static inline const char *s3_get_text(const session3_session *session, const char *key,
                                      const char *fallback, session3_buffer *buffer) {
  return s3_read_text(session, key, buffer, NULL) == SESSION3_OK ? buffer->data : fallback;
}

/** The user, as s3_get_text. One that is no text, as Python hosts may store, gives the fallback. */
static inline const char *s3_get_user(const session3_session *session, const char *fallback,
                                      session3_buffer *buffer) {
  const char *text;
  size_t length;
  if (session3_session_user_text(session, &text, &length, NULL) != SESSION3_OK ||
      s3_check_text("user", text, length, NULL) != SESSION3_OK ||
      session3_buffer_assign(buffer, text, length, NULL) != SESSION3_OK)
    return fallback;
  return buffer->data;
}

/** The id, NUL-terminated, until the session is freed or given an id; NULL if it has none yet. */
static inline const char *s3_id(const session3_session *session) {
  const char *id = NULL;
  session3_session_id(session, &id, NULL, NULL);
  return id;
}

/** Whether a token that came with a form is the session's csrf token. */
static inline bool s3_check_csrf_token(const session3_session *session, const char *token) {
  return session3_session_check_csrf_token(session, token, s3_length(token));
}
/** @} */

// NOLINTEND(bugprone-macro-parentheses)
#endif
