/* SPDX-License-Identifier: MIT */
/**
 * @file session3/custom_store.h
 * A store of the host's own: a database, a cache, a dictionary. The host keeps records and compares
 * versions; merging, counters, tokens, iteration and the rest are the library's.
 */
#ifndef SESSION3_CUSTOM_STORE_H
#define SESSION3_CUSTOM_STORE_H

#include "encoded.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What a store keeps of a session under its id, whole. Version, creation time and payload must come
 * back to the bit, or a load answers SESSION3_E_CORRUPT: the checksum covers them.
 */
typedef struct session3_record {
  size_t size;                     /**< sizeof(session3_record), set by who makes the struct */
  session3_record_version version; /**< made by the library, kept as it is */
  int64_t created_us;              /**< microseconds since 1970 UTC */
  int64_t accessed_us;             /**< microseconds since 1970 UTC; touch changes it alone */
  const void *payload;             /**< MessagePack; borrowed for the call */
  size_t payload_length;           /**< in bytes */
} session3_record;

/** Collects the ids that a store's ids callback lists. */
typedef struct session3_id_list session3_id_list;

/**
 * Adds one id: called by an ids callback, with the list that it was handed.
 * @param ids     valid during the callback only
 * @param id      of a session
 * @param length  in bytes
 * @param error   may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID (also: an id outside the grammar)
 */
session3_status session3_id_list_append(session3_id_list *ids, const char *id, size_t length,
                                        session3_error *error);

/** @name Flags of session3_store_callbacks
 * @{ */
/** Other processes may use what the store stores into, at the same time. */
#define SESSION3_STORE_MULTIPROCESS_SAFE ((uint32_t)1)
/** The callbacks may be called from several threads at the same time. Without this flag the host
 * uses the store from one thread at a time: the library does not take turns for it. */
#define SESSION3_STORE_THREAD_SAFE ((uint32_t)2)
/** @} */

/**
 * The verbs of a custom store.
 *
 * Ids are within the grammar and not NUL-terminated. All that a callback is handed is borrowed for
 * the call. The callbacks are called from every thread that uses the store, with no lock of the
 * library held; they may call the library, but not on the session or request for which they were
 * called, and must neither unwind nor longjmp(3) through it.
 *
 * A callback returns SESSION3_OK only after it has done all, and set every out; outs are preset to
 * values that no store would hand out, and a callback that leaves them so has failed
 * (SESSION3_E_CALLBACK), as has one that returns a positive status not listed with it. Negative
 * statuses reach the caller as they are, with the error as the callback filled it, and the store's
 * log: its text should name no id.
 */
typedef struct session3_store_callbacks {
  size_t size;       /**< sizeof(session3_store_callbacks), set by the caller */
  uint32_t flags;    /**< SESSION3_STORE_..., or 0 */
  uint32_t reserved; /**< 0 */

  /** Called exactly once: when the last user of the store is gone, or when opening it fails. May be
   * NULL. */
  void (*destroy)(void *context);

  /**
   * Reads a record: version, times, and the payload by session3_buffer_assign into *payload.
   * @return SESSION3_OK; SESSION3_NOT_FOUND; a negative status
   */
  session3_status (*read)(void *context, const char *id, size_t id_length, session3_record *record,
                          session3_buffer *payload, session3_error *error);

  /**
   * Stores a record, atomically, if what is stored is what is expected: nothing, where expecting is
   * NULL, else a record of that version (all three numbers).
   * @return SESSION3_OK; SESSION3_E_CONFLICT if another version is stored; SESSION3_E_EXISTS if
   *         expecting is NULL and anything is stored; SESSION3_E_GONE if a version is expected and
   *         nothing is stored; another negative status
   */
  session3_status (*write)(void *context, const char *id, size_t id_length,
                           const session3_record_version *expecting, const session3_record *record,
                           session3_error *error);

  /**
   * Removes a record, atomically; whatever it is, where expecting is NULL, else only that version.
   * @return SESSION3_OK; SESSION3_NOT_FOUND; SESSION3_E_CONFLICT; another negative status
   */
  session3_status (*remove)(void *context, const char *id, size_t id_length,
                            const session3_record_version *expecting, session3_error *error);

  /**
   * Sets a record's access time, and nothing else of it.
   * @return SESSION3_OK; SESSION3_NOT_FOUND; a negative status
   */
  session3_status (*touch)(void *context, const char *id, size_t id_length, int64_t accessed_us,
                           session3_error *error);

  /**
   * Lists all ids, by session3_id_list_append for each.
   * @return SESSION3_OK; a negative status
   */
  session3_status (*ids)(void *context, session3_id_list *ids, session3_error *error);

  /** Prepares what the store stores into; NULL if there is nothing to prepare.
   * @return SESSION3_OK; a negative status */
  session3_status (*setup)(void *context, session3_error *error);
} session3_store_callbacks;

/**
 * Opens a store on callbacks.
 * @param callbacks  copied; all but destroy and setup are required
 * @param context    handed to each callback; the store's from here on, also if opening fails
 * @param options    policy, limits and clock; NULL for all defaults
 * @param out        set to NULL first; released with session3_store_free
 * @param error      may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID (destroy was called, if its field could be read);
 *         SESSION3_E_NOMEM
 */
session3_status session3_store_open_custom(const session3_store_callbacks *callbacks, void *context,
                                           const session3_memory_options *options,
                                           session3_store **out, session3_error *error);

#ifdef __cplusplus
}
#endif
#endif
