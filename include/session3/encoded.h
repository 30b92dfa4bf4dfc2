/* SPDX-License-Identifier: MIT */
/**
 * @file session3/encoded.h
 * For bindings: a session loaded and saved as its encoded bytes, in one call each, with nothing to
 * release. The host decodes and encodes MessagePack itself, and keeps the bytes that it loaded.
 */
#ifndef SESSION3_ENCODED_H
#define SESSION3_ENCODED_H

#include "store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Which state of a session it is: equal versions are the same content. It will never change. */
typedef struct session3_record_version {
  uint64_t revision;    /**< counts the saves; 0: not stored */
  uint64_t incarnation; /**< random; another one when a session was deleted and made again */
  uint32_t checksum;    /**< CRC-32C of the stored form, see docs/format.md */
  uint32_t reserved;    /**< 0 */
} session3_record_version;

/** What belongs to a session beside its payload. */
typedef struct session3_snapshot {
  size_t size;                     /**< sizeof(session3_snapshot), set by the caller */
  session3_record_version version; /**< of the payload that was loaded or saved */
  int64_t created_us;              /**< microseconds since 1970 UTC */
  int64_t accessed_us;             /**< microseconds since 1970 UTC */
} session3_snapshot;

/** Initializer of a session3_snapshot: a new session. */
#define SESSION3_SNAPSHOT_INIT {sizeof(session3_snapshot), {0, 0, 0, 0}, 0, 0}

/**
 * Loads a session's payload into the caller's memory.
 * @param store     not NULL
 * @param id        any bytes: what is no id is not found
 * @param id_length in bytes
 * @param snapshot  size set by the caller
 * @param payload   receives the canonical payload
 * @param capacity  of payload, in bytes
 * @param length    receives the payload's length, also with SESSION3_E_TOO_SMALL
 * @param error     may be NULL
 * @return as session3_store_load; SESSION3_E_TOO_SMALL: call again with at least *length bytes
 */
session3_status session3_store_load_encoded(session3_store *store, const char *id, size_t id_length,
                                            session3_snapshot *snapshot, void *payload,
                                            size_t capacity, size_t *length, session3_error *error);

/**
 * Saves a session's payload, as session3_store_save does: a snapshot whose revision is 0 is a new
 * session, another one was loaded or saved before.
 * @param store          not NULL
 * @param id             of the session
 * @param id_length      in bytes
 * @param snapshot       in: of what was loaded (for a new session created_us, or 0: the present);
 *                       out, on success: of what is stored now
 * @param base           the payload that was loaded, or stored by the last save; ignored if new
 * @param base_length    in bytes
 * @param payload        the new payload, in any MessagePack form
 * @param payload_length in bytes
 * @param policy         SESSION3_SAVE_...
 * @param stored         an initialized buffer: on success receives the payload that is stored now
 *                       if that is not byte for byte the one handed in (it was merged, or made
 *                       canonical form), else it is emptied
 * @param error          may be NULL
 * @return as session3_store_save; SESSION3_E_VALUE: the message names the attribute;
 *         SESSION3_E_NOMEM with the snapshot changed: it was saved, but could not be told; load it
 */
session3_status session3_store_save_encoded(session3_store *store, const char *id, size_t id_length,
                                            session3_snapshot *snapshot, const void *base,
                                            size_t base_length, const void *payload,
                                            size_t payload_length, session3_save_policy policy,
                                            session3_buffer *stored, session3_error *error);

/**
 * Saves a new session's payload, only if there is no session of that id.
 * @param store           as in session3_store_save_encoded, also the rest
 * @param id              of the session
 * @param id_length       in bytes
 * @param snapshot        a new session's
 * @param payload         in any MessagePack form
 * @param payload_length  in bytes
 * @param stored          an initialized buffer
 * @param error           may be NULL
 * @return as session3_store_create
 */
session3_status session3_store_create_encoded(session3_store *store, const char *id,
                                              size_t id_length, session3_snapshot *snapshot,
                                              const void *payload, size_t payload_length,
                                              session3_buffer *stored, session3_error *error);

/**
 * Gives a stored session a new id, and saves its payload, as session3_store_renew does.
 * @param store           as in session3_store_save_encoded, also the rest
 * @param id              the old one
 * @param id_length       in bytes
 * @param snapshot        of what was loaded; then of what is stored now
 * @param base            the payload that was loaded
 * @param base_length     in bytes
 * @param payload         the new payload, in any MessagePack form
 * @param payload_length  in bytes
 * @param policy          SESSION3_SAVE_...
 * @param new_id          receives SESSION3_ID_LENGTH characters and a NUL
 * @param stored          an initialized buffer
 * @param error           may be NULL
 * @return as session3_store_renew; SESSION3_E_NOMEM with the snapshot changed: it was done, new_id
 *         is valid, but what was stored could not be told; load it. SESSION3_E_IO with the snapshot
 *         changed: it was done and not synced; new_id is valid
 */
session3_status session3_store_renew_encoded(session3_store *store, const char *id,
                                             size_t id_length, session3_snapshot *snapshot,
                                             const void *base, size_t base_length,
                                             const void *payload, size_t payload_length,
                                             session3_save_policy policy,
                                             char new_id[SESSION3_ID_LENGTH + 1],
                                             session3_buffer *stored, session3_error *error);

/**
 * Deletes a session that was loaded, whoever changed it meanwhile, also where this process and store
 * handle gave it another id since: a logout.
 * @param store      not NULL
 * @param id         under which it was loaded
 * @param id_length  in bytes
 * @param snapshot   of what was loaded
 * @param error      may be NULL
 * @return as session3_store_delete; SESSION3_E_INVALID also for the snapshot of a new session
 */
session3_status session3_store_delete_encoded(session3_store *store, const char *id,
                                              size_t id_length, const session3_snapshot *snapshot,
                                              session3_error *error);

/**
 * Deletes the sessions of a user but one that was loaded, whatever id that one has by now: "log out
 * everywhere else". As session3_store_delete_user_sessions in all other respects.
 * @param store        not NULL
 * @param user         the user as stored, encoded, of any type but nil
 * @param user_length  in bytes
 * @param except       of the session to spare, or NULL
 * @param deleted      receives how many, also with a failure of some; may be NULL
 * @param error        may be NULL
 * @return as session3_store_delete_user_sessions; SESSION3_E_INVALID also for the snapshot of a new
 *         session; SESSION3_E_VALUE for a user that is no MessagePack
 */
session3_status session3_store_delete_user_sessions_encoded(session3_store *store, const void *user,
                                                            size_t user_length,
                                                            const session3_snapshot *except,
                                                            uint64_t *deleted,
                                                            session3_error *error);

/**
 * Takes the next id of an iterator without reading the session.
 * @param iterator  not NULL
 * @param id        receives the id and a NUL; SESSION3_ID_MAXIMUM + 1 bytes
 * @param error     may be NULL
 * @return SESSION3_OK; SESSION3_DONE; SESSION3_E_INVALID; SESSION3_E_IO
 */
session3_status session3_iterator_next_id(session3_iterator *iterator,
                                          char id[SESSION3_ID_MAXIMUM + 1], session3_error *error);

#ifdef __cplusplus
}
#endif
#endif
