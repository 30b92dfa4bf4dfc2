/* SPDX-License-Identifier: MIT */
/**
 * @file session3/base.h
 * Statuses, errors, owned buffers, session ids, the library's version.
 */
#ifndef SESSION3_BASE_H
#define SESSION3_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @name Statuses
 *
 * Every fallible function returns one. 0 is success. A positive status is another normal answer to
 * a question (the session was not found, the iteration is over) and never means that what was
 * asked for was not done. A negative status is a failure: nothing was changed, unless the function
 * says otherwise. Values are never reused.
 * @{
 */
/** How a call went: one of the numbers here. */
typedef int32_t session3_status;

/** Done as asked. */
#define SESSION3_OK ((session3_status)0)
/** There is no such session, attribute, member or token. No error of anyone's. */
#define SESSION3_NOT_FOUND ((session3_status)1)
/** The iteration is over. */
#define SESSION3_DONE ((session3_status)2)
/** There is a session, but it is beyond a time limit of the manager's. */
#define SESSION3_EXPIRED ((session3_status)3)

/** An argument is NULL, out of its range, or an id outside the grammar. */
#define SESSION3_E_INVALID ((session3_status)-1)
/** No memory for a payload. */
#define SESSION3_E_NOMEM ((session3_status)-2)
/** A system call failed; session3_error.system_errno says how (ENOSPC, EACCES, EIO...). */
#define SESSION3_E_IO ((session3_status)-3)
/** The stored bytes are damaged or are not ours. They were left as they are. */
#define SESSION3_E_CORRUPT ((session3_status)-4)
/** The stored form is of a later version of this library. It was left as it is. */
#define SESSION3_E_FORMAT ((session3_status)-5)
/** The value has another type than was asked for. */
#define SESSION3_E_TYPE ((session3_status)-6)
/** create: a session of this id exists. */
#define SESSION3_E_EXISTS ((session3_status)-7)
/** The session was deleted since it was loaded, or does not exist; it was not brought back. */
#define SESSION3_E_GONE ((session3_status)-8)
/** The session was changed by somebody else since it was loaded, and the policy is "fail". */
#define SESSION3_E_CONFLICT ((session3_status)-9)
/** The session's lock was not to be had within the store's lock timeout. */
#define SESSION3_E_BUSY ((session3_status)-10)
/** The payload is larger than the store's maximum. */
#define SESSION3_E_TOO_LARGE ((session3_status)-11)
/** A value can't be stored: malformed MessagePack, nested deeper than SESSION3_MAXIMUM_DEPTH, text
 * that is not UTF-8, an unknown extension type, a map key that is no text or stands twice. */
#define SESSION3_E_VALUE ((session3_status)-12)
/** A number does not fit into the type asked for, or an increment overflows. */
#define SESSION3_E_RANGE ((session3_status)-13)
/** The system or the file system can't do what the store needs. */
#define SESSION3_E_UNSUPPORTED ((session3_status)-14)
/** A callback of a custom store broke its contract. */
#define SESSION3_E_CALLBACK ((session3_status)-15)
/** The caller's memory is too small for the answer; the needed length was told. */
#define SESSION3_E_TOO_SMALL ((session3_status)-16)
/** When a store is opened: anybody may write to the directory, and so plant sessions in it. */
#define SESSION3_E_INSECURE ((session3_status)-17)

/**
 * The meaning of a status in a few words of English.
 * @param status  any number
 * @return static text, never NULL; "unknown status" for a number that is none
 * @par Thread safety
 *      Any thread.
 */
const char *session3_status_text(session3_status status);
/** @} */

/**
 * What went wrong: the last parameter of every fallible function, and handed to the callbacks of a
 * custom store for them to fill.
 *
 * The caller's own, set up with SESSION3_ERROR_INIT; NULL if the status is enough. Written only
 * when a function returns a negative status, and never if its size is less than that of this
 * version. No message holds a session id: the directory, of a long path the end, and the store's
 * short hash of the id stand for it.
 */
typedef struct session3_error {
  size_t size;            /**< sizeof(session3_error), set by the caller */
  session3_status status; /**< the status that was returned */
  int32_t system_errno;   /**< errno of the system call that failed (errno(3)), or 0 */
  char message[240];      /**< operation, place and cause in English; UTF-8, NUL-terminated */
} session3_error;

/** Initializer of a session3_error. */
#define SESSION3_ERROR_INIT {sizeof(session3_error), SESSION3_OK, 0, ""}

/**
 * Bytes that the library allocated and the caller owns. Start with SESSION3_BUFFER_INIT; release
 * with session3_buffer_dispose, never with free(3).
 */
typedef struct session3_buffer {
  size_t size;   /**< sizeof(session3_buffer), set by the caller */
  void *data;    /**< the bytes, with a NUL behind them; NULL while nothing was assigned */
  size_t length; /**< how many bytes, the NUL not counted */
} session3_buffer;

/** Initializer of a session3_buffer. */
#define SESSION3_BUFFER_INIT {sizeof(session3_buffer), NULL, 0}

/**
 * Releases what a buffer holds and makes it empty.
 * @param buffer  NULL and an empty buffer are no-ops
 * @par Thread safety
 *      Any thread, one at a time for one buffer.
 */
void session3_buffer_dispose(session3_buffer *buffer);

/**
 * Replaces what a buffer holds by a copy of the bytes: how a custom store's read callback answers.
 * @param buffer  an initialized buffer
 * @param data    the bytes; may be NULL if length is 0
 * @param length  how many
 * @param error   may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_NOMEM (the buffer is as it was)
 */
session3_status session3_buffer_assign(session3_buffer *buffer, const void *data, size_t length,
                                       session3_error *error);

/**
 * @name Session ids
 *
 * An id is 1 to 128 characters of `A-Z a-z 0-9 _ -`. Whatever else a client sends as an id is
 * *not found* to functions that look a session up, since a cookie is the public's input, and
 * SESSION3_E_INVALID to functions that write.
 * @{
 */
/** The longest id, in bytes. */
#define SESSION3_ID_MAXIMUM 128
/** The length of an id that session3_id_generate makes. */
#define SESSION3_ID_LENGTH 22

/**
 * Makes a new id: 128 bits of getrandom(2) as 22 characters of base64url (RFC 4648, section 5).
 * @param id     receives 22 characters and a NUL
 * @param error  may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_IO if the system gives no random bytes
 * @par Thread safety
 *      Any thread; a child after fork never repeats an id of its parent.
 */
session3_status session3_id_generate(char id[SESSION3_ID_LENGTH + 1], session3_error *error);

/**
 * Whether the bytes are an id by the grammar.
 * @param id      need not be NUL-terminated; NULL is no id
 * @param length  in bytes
 */
bool session3_id_is_valid(const char *id, size_t length);
/** @} */

/** The library's version, and the sizes of the structs it was built with. */
typedef struct session3_version_info {
  size_t size;        /**< sizeof(session3_version_info), set by the caller */
  uint32_t major;     /**< until 1.0 a new minor version may change the ABI, and then the SONAME */
  uint32_t minor;     /**< a new one may add to the interface */
  uint32_t patch;     /**< a new one mends, and adds nothing */
  uint32_t format;    /**< the stored form that this version writes, docs/format.md */
  const char *text;   /**< "major.minor.patch", static */
  size_t error_size;  /**< sizeof(session3_error) */
  size_t buffer_size; /**< sizeof(session3_buffer) */
  size_t value_size;  /**< sizeof(session3_value) */
  size_t value_iterator_size;    /**< sizeof(session3_value_iterator) */
  size_t directory_options_size; /**< sizeof(session3_directory_options) */
  size_t memory_options_size;    /**< sizeof(session3_memory_options) */
  size_t store_info_size;        /**< sizeof(session3_store_info) */
  size_t snapshot_size;          /**< sizeof(session3_snapshot) */
  size_t record_size;            /**< sizeof(session3_record) */
  size_t store_callbacks_size;   /**< sizeof(session3_store_callbacks) */
  size_t cookie_policy_size;     /**< sizeof(session3_cookie_policy) */
  size_t manager_policy_size;    /**< sizeof(session3_manager_policy) */
  size_t statistics_size;        /**< sizeof(session3_statistics) */
} session3_version_info;

/** The version of this header; session3_version tells the version of the library that is loaded. */
#define SESSION3_VERSION_MAJOR 0
/** See SESSION3_VERSION_MAJOR. */
#define SESSION3_VERSION_MINOR 1
/** See SESSION3_VERSION_MAJOR. */
#define SESSION3_VERSION_PATCH 0

/**
 * Tells the version of the library that is loaded, and its struct sizes: what a binding compares
 * with its own before anything else.
 * @param out    size set by the caller; fields beyond that size are not written
 * @param error  may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID
 * @par Thread safety
 *      Any thread.
 */
session3_status session3_version(session3_version_info *out, session3_error *error);

/**
 * A clock for tests and simulations.
 * @param context  as given beside the clock
 * @return microseconds since 1970-01-01 00:00 UTC
 * @par Thread safety
 *      It is called from every thread that uses the store, also while a session's
 *      file is locked: it must not call the library.
 */
typedef int64_t (*session3_clock)(void *context);

/**
 * @name The log
 *
 * What a store tells whoever runs it: failures that a host may not pass on, and what it did by
 * itself. A message is one line of text without its end, and says operation, place and cause, as in
 * session3_error. No message holds a session id, a token, or anything of a session's content.
 * @{
 */
/** How much a message matters; the numbers are the priorities of syslog(3). */
typedef uint32_t session3_log_level;
/** As if SESSION3_LOG_WARNING were given. */
#define SESSION3_LOG_DEFAULT ((session3_log_level)0)
/** Somebody must look: a system call failed, a session's file is damaged, memory ran out, a store
 * could not be opened. */
#define SESSION3_LOG_ERROR ((session3_log_level)3)
/** Somebody should look: a lock was not to be had in time, a session is larger than the maximum, the
 * store's directory is another user's. */
#define SESSION3_LOG_WARNING ((session3_log_level)4)
/** What was done on a large scale: sweeps, log outs everywhere. */
#define SESSION3_LOG_INFO ((session3_log_level)6)
/** What is normal, and explains what a visitor saw: merges, saves of sessions that are gone. */
#define SESSION3_LOG_DEBUG ((session3_log_level)7)

/** The most messages of one level that a store hands out in one second. The next one says at its end
 * how many were left out before it; session3_statistics counts them all. */
#define SESSION3_LOG_RATE 10

/**
 * Takes a message.
 * @param context  as given beside the callback
 * @param level    SESSION3_LOG_ERROR and so on
 * @param status   of the call that failed, or SESSION3_OK where nothing did
 * @param message  UTF-8, NUL-terminated, of one line; valid during the call
 * @param length   of message, in bytes
 * @par Thread safety
 *      It is called from every thread that uses the store, during the call that has
 *      something to tell, with no lock held. It must not use the store that it is the log
 *      of, and must not unwind.
 */
typedef void (*session3_log)(void *context, session3_log_level level, session3_status status,
                             const char *message, size_t length);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
