/* SPDX-License-Identifier: MIT */
/**
 * @file session3/store.h
 * Stores: where sessions live. A directory, or this process' memory; custom_store.h adds a host's
 * own. All functions here work on all of them.
 *
 * @par Thread safety
 *      A store is used from any number of threads at once.
 * @par Fork
 *      A store may be used in a child, also if other threads of the parent were using it.
 */
#ifndef SESSION3_STORE_H
#define SESSION3_STORE_H

#include "session.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A handle of a store; released with session3_store_free. */
typedef struct session3_store session3_store;

/**
 * @name Save policies
 * What a save does when somebody else saved the session after it was loaded.
 * @{
 */
/** One of the numbers here. */
typedef uint32_t session3_save_policy;
/** As the store was opened with; for a store: SESSION3_SAVE_MERGE. */
#define SESSION3_SAVE_DEFAULT ((session3_save_policy)0)
/** Keep what only they changed, and what we changed; where both changed one attribute, ours. */
#define SESSION3_SAVE_MERGE ((session3_save_policy)1)
/** Ours replaces all of theirs, as in Session3. */
#define SESSION3_SAVE_OVERWRITE ((session3_save_policy)2)
/** SESSION3_E_CONFLICT, and nothing is written. */
#define SESSION3_SAVE_FAIL ((session3_save_policy)3)
/** Flag, added to a policy: a session that was deleted meanwhile is brought back, as in Session3.
 * Without it a logout stays: SESSION3_E_GONE. */
#define SESSION3_SAVE_RESURRECT ((session3_save_policy)0x100)
/** @} */

/**
 * @name Sync modes
 * What a returned save survives. Both survive the death of any process at any point.
 * @{
 */
/** One of the numbers here. */
typedef uint32_t session3_sync;
/** As the store was set up with; a new one: SESSION3_SYNC_NONE. */
#define SESSION3_SYNC_DEFAULT ((session3_sync)0)
/** Not synced: a power cut may lose the changes of the last seconds, a logout among them, and a
 * session that was created or saved in them. */
#define SESSION3_SYNC_NONE ((session3_sync)1)
/** fdatasync(2), and fsync(2) of the directory where names changed: a power cut loses nothing that
 * was acknowledged. One exception: a writer was killed, or its sync failed, and the power is cut
 * while the next save of that session is on its way. */
#define SESSION3_SYNC_DATA ((session3_sync)2)
/** @} */

/** @name Flags of session3_directory_options
 * @{ */
/** Create the directory (not its parents) if it is missing. */
#define SESSION3_DIRECTORY_CREATE ((uint32_t)1)
/** Open a directory on a network file system (NFS, SMB, Ceph, AFS, Lustre, 9p and the like) or on
 * FUSE, whose locks this library was not proven on. */
#define SESSION3_DIRECTORY_ALLOW_NETWORK ((uint32_t)2)
/** Open a directory that anybody may write to (its mode has S_IWOTH, also with the sticky bit), and
 * so plant sessions in. */
#define SESSION3_DIRECTORY_ALLOW_WORLD_WRITABLE ((uint32_t)4)
/** @} */

/** Options of session3_store_open_directory. Zero stands for each default. */
typedef struct session3_directory_options {
  size_t size;                  /**< sizeof(session3_directory_options), set by the caller */
  uint32_t flags;               /**< SESSION3_DIRECTORY_..., or 0 */
  uint32_t file_mode;           /**< permissions of session files, whatever the umask; 0600 */
  uint32_t directory_mode;      /**< permissions of a directory that is created; 0700 */
  session3_sync sync;           /**< refused if the store was set up with another */
  session3_save_policy policy;  /**< of saves that name none; SESSION3_SAVE_MERGE */
  uint32_t reserved;            /**< 0 */
  int64_t lock_timeout_us;      /**< how long to wait for a lock; 5 s; negative: not at all */
  uint64_t maximum_payload;     /**< largest payload in bytes; 1 MiB; at most 1 GiB */
  int64_t access_resolution_us; /**< a save that changes nothing renews the access time if that
                                        is older than this; 1 s; negative: always */
  session3_clock clock;         /**< NULL for the system's, CLOCK_REALTIME */
  void *clock_context;          /**< handed to clock */
  session3_log log;             /**< NULL for none */
  void *log_context;            /**< handed to log */
  session3_log_level log_level; /**< what matters less is not told; SESSION3_LOG_WARNING */
  uint32_t reserved_2;          /**< 0 */
} session3_directory_options;

/** Initializer of session3_directory_options. */
#define SESSION3_DIRECTORY_OPTIONS_INIT \
  {sizeof(session3_directory_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 0, 0}

/**
 * Opens a directory as a store, and puts the store's own file `.session3` there if it has none.
 *
 * Every host that opens the directory, in any language, sees the same sessions. Foreign files in it
 * are never read as sessions, overwritten or removed.
 * @param path     of the directory; no NUL inside
 * @param length   of path, in bytes
 * @param options  NULL for all defaults
 * @param out      set to NULL first; released with session3_store_free
 * @param error    may be NULL; names the path. A directory that was created stays, also where what
 *                 comes after it fails
 * @return SESSION3_OK; SESSION3_E_INVALID (also: options out of range, a sync mode that is not the
 *         store's); SESSION3_E_IO (ENOENT: missing, and no SESSION3_DIRECTORY_CREATE; ENOTDIR;
 *         EACCES); SESSION3_E_CORRUPT, SESSION3_E_FORMAT (the store's own file);
 *         SESSION3_E_UNSUPPORTED (no OFD locks; a network file system); SESSION3_E_INSECURE (anybody
 *         may write to the directory); SESSION3_E_NOMEM
 */
session3_status session3_store_open_directory(const char *path, size_t length,
                                              const session3_directory_options *options,
                                              session3_store **out, session3_error *error);

/** Options of session3_store_open_memory. Zero stands for each default. */
typedef struct session3_memory_options {
  size_t size;                  /**< sizeof(session3_memory_options), set by the caller */
  session3_save_policy policy;  /**< as in session3_directory_options */
  uint32_t reserved;            /**< 0 */
  uint64_t maximum_payload;     /**< as in session3_directory_options */
  int64_t access_resolution_us; /**< as in session3_directory_options */
  session3_clock clock;         /**< as in session3_directory_options */
  void *clock_context;          /**< handed to clock */
  session3_log log;             /**< as in session3_directory_options */
  void *log_context;            /**< handed to log */
  session3_log_level log_level; /**< as in session3_directory_options */
  uint32_t reserved_2;          /**< 0 */
} session3_memory_options;

/** Initializer of session3_memory_options. */
#define SESSION3_MEMORY_OPTIONS_INIT \
  {sizeof(session3_memory_options), 0, 0, 0, 0, NULL, NULL, NULL, NULL, 0, 0}

/**
 * Opens an empty store in this process' memory, gone with the process: for tests and tools.
 * @param options  NULL for all defaults
 * @param out      set to NULL first; released with session3_store_free
 * @param error    may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_NOMEM
 * @par Fork
 *      The child has a copy of its own.
 */
session3_status session3_store_open_memory(const session3_memory_options *options,
                                           session3_store **out, session3_error *error);

/**
 * Releases a store; open iterators keep what they need. No other call may be running on this handle.
 * @param store  NULL is a no-op
 */
void session3_store_free(session3_store *store);

/** What a store is. */
typedef struct session3_store_info {
  size_t size;                   /**< sizeof(session3_store_info), set by the caller */
  uint32_t is_multiprocess_safe; /**< 1 if several processes may use what it stores into */
  uint32_t is_thread_safe;       /**< 1 if several threads may use it at once */
  session3_save_policy policy;   /**< of saves that name none */
  session3_sync sync;            /**< of a directory store, else SESSION3_SYNC_NONE */
  uint64_t maximum_payload;      /**< in bytes */
  int64_t access_resolution_us;  /**< of saves that change nothing */
} session3_store_info;

/**
 * Tells what a store is.
 * @param store  not NULL
 * @param out    size set by the caller, at least that of this version; fields beyond it are not
 *               written
 * @param error  may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID
 */
session3_status session3_store_get_info(const session3_store *store, session3_store_info *out,
                                        session3_error *error);

/**
 * Prepares what the store stores into; safe to call at any time, and twice. A directory store makes
 * its own file anew if that is missing, and switches copy-on-write off on btrfs. A custom store's
 * callback may create tables.
 * @param store  not NULL
 * @param error  may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_IO; a custom store's own
 */
session3_status session3_store_setup(session3_store *store, session3_error *error);

/**
 * @name One session
 * @param store         not NULL
 * @param session       not NULL
 * @param id            of the session: any bytes to load and has, the grammar's to the others
 * @param length        of id, in bytes
 * @param token         as it came with the form; any bytes
 * @param token_length  in bytes
 * @param error         may be NULL
 * @{
 */

/**
 * Loads a session. Takes no lock; sees the last save that returned, or a later one.
 * @param store   not NULL
 * @param id      any bytes: what is no id is not found, without a system call
 * @param length  in bytes
 * @param out     set to NULL first; released with session3_session_free
 * @param error   may be NULL
 * @return SESSION3_OK; SESSION3_NOT_FOUND; SESSION3_E_INVALID; SESSION3_E_CORRUPT;
 *         SESSION3_E_FORMAT; SESSION3_E_TOO_LARGE if it was saved by a host with a far larger
 *         maximum; SESSION3_E_BUSY if a writer was killed amid a write and others keep the lock;
 *         SESSION3_E_IO; SESSION3_E_NOMEM; a custom store's own
 */
session3_status session3_store_load(session3_store *store, const char *id, size_t length,
                                    session3_session **out, session3_error *error);

/**
 * Saves a session.
 *
 * One that was loaded, or saved before: if it is unchanged, nothing is written; its access time is
 * renewed when it is older than the store's resolution, and SESSION3_E_GONE says that no session of
 * its id is left. If it is changed and the stored one has moved on, the policy decides; if that was
 * deleted, or deleted and made again, SESSION3_E_GONE. A session that was written then holds what
 * is stored, also what a merge brought in.
 *
 * A new one, with an id of its own, replaces what is stored under that id, whatever the policy. To
 * copy a session to another store make a new one, and give it the payload: a loaded one belongs
 * where it was loaded.
 * @param store    not NULL
 * @param session  has an id
 * @param policy   SESSION3_SAVE_...
 * @param error    may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID (also: no id); SESSION3_E_GONE; SESSION3_E_CONFLICT;
 *         SESSION3_E_BUSY; SESSION3_E_TOO_LARGE; SESSION3_E_CORRUPT; SESSION3_E_FORMAT;
 *         SESSION3_E_IO (ENOSPC: the stored session is as it was; after a failed sync it is not
 *         known whether a power cut would lose the save); SESSION3_E_RANGE after 2^64 - 1 saves;
 *         SESSION3_E_NOMEM; a custom store's own.
 *         On failure the session is as it was, and may be saved again.
 */
session3_status session3_store_save(session3_store *store, session3_session *session,
                                    session3_save_policy policy, session3_error *error);

/**
 * Saves a new session, and only if there is none of its id; one without an id gets a fresh one.
 * A creation that could not lock its file may leave it, empty: it is no session, a later creation
 * fills it, a sweep takes it after an hour.
 * @return SESSION3_OK; SESSION3_E_EXISTS; SESSION3_E_INVALID (also: a session that a store knows
 *         already); the failures of session3_store_save
 */
session3_status session3_store_create(session3_store *store, session3_session *session,
                                      session3_error *error);

/**
 * Gives a stored session a new id, and saves it: the old id dies, the attributes stay. To be done
 * when somebody logs in, so that an id that was planted or seen before is worth nothing;
 * session3/manager.h does it by itself, and notes the time of the login, which here is the host's to
 * do: session3_session_set_authenticated_us.
 *
 * The old session is locked until the new one is stored, and what somebody else saved meanwhile is
 * merged by the policy. A save of another copy that was loaded before reaches the new session if it
 * comes from this process and store handle (of whose renewals the last 512 are remembered), and is
 * SESSION3_E_GONE from another. It is never told
 * the new id; and where the user is another now, only its attributes arrive, and nothing of what is
 * stored is told. A process that is killed in the midst leaves the old session as it was.
 * @param store    not NULL
 * @param session  was loaded or saved; on success it has the new id
 * @param policy   SESSION3_SAVE_...; SESSION3_SAVE_RESURRECT does nothing here
 * @param error    may be NULL
 * @return SESSION3_OK; SESSION3_E_GONE if it was deleted meanwhile; SESSION3_E_INVALID (also: a
 *         session that no store knows); the failures of session3_store_save. On failure the session
 *         is as it was; after a failed sync it has the new id.
 */
session3_status session3_store_renew(session3_store *store, session3_session *session,
                                     session3_save_policy policy, session3_error *error);

/**
 * Deletes a session, whoever changed it meanwhile: a logout.
 * @return SESSION3_OK; SESSION3_NOT_FOUND if there was none; SESSION3_E_INVALID (also: an id
 *         outside the grammar); SESSION3_E_BUSY; SESSION3_E_CORRUPT if the file is not ours;
 *         SESSION3_E_FORMAT; SESSION3_E_IO; a custom store's own
 */
session3_status session3_store_delete(session3_store *store, const char *id, size_t length,
                                      session3_error *error);

/**
 * Deletes a session only if it is stored as it was loaded: for sessions that seem to be of no use.
 * @return as session3_store_delete; SESSION3_E_CONFLICT if it was changed meanwhile
 */
session3_status session3_store_delete_unchanged(session3_store *store,
                                                const session3_session *session,
                                                session3_error *error);

/**
 * Whether there is a session of that id; cheap, and may say so where a load says
 * SESSION3_E_CORRUPT.
 * @return SESSION3_OK if there is; SESSION3_NOT_FOUND; SESSION3_E_INVALID (NULL); SESSION3_E_IO;
 *         a custom store's own
 */
session3_status session3_store_has(session3_store *store, const char *id, size_t length,
                                   session3_error *error);

/**
 * Renews a session's access time to the present: it is in use. Goes by the name alone: what a load
 * calls SESSION3_E_CORRUPT is touched as well.
 * @return SESSION3_OK; SESSION3_E_GONE if there is none; SESSION3_E_INVALID; SESSION3_E_IO;
 *         a custom store's own
 */
session3_status session3_store_touch(session3_store *store, const char *id, size_t length,
                                     session3_error *error);

/**
 * Sets a session's access time, for migrations.
 * @param time_us  microseconds since 1970 UTC; a time before its creation reads as that
 * @return as session3_store_touch; SESSION3_E_IO with EPERM for who doesn't own the file
 */
session3_status session3_store_set_access_time(session3_store *store, const char *id, size_t length,
                                               int64_t time_us, session3_error *error);

/**
 * Adds to an integer attribute in the store; no increment is ever lost to another, or to a merge.
 * (A save by SESSION3_SAVE_OVERWRITE, or one that set the same attribute itself, replaces the sum.)
 * @param store       not NULL
 * @param id          of the session
 * @param length      in bytes
 * @param key         of the attribute; a missing one counts as 0
 * @param key_length  in bytes
 * @param delta       may be negative
 * @param result      receives the new value; may be NULL
 * @param error       may be NULL
 * @return SESSION3_OK; SESSION3_E_GONE if there is no such session; SESSION3_E_TYPE if the
 *         attribute is no integer; SESSION3_E_RANGE if the result is no int64_t; SESSION3_E_VALUE
 *         if the key is not UTF-8; SESSION3_E_INVALID; the failures of session3_store_save
 */
session3_status session3_store_increment(session3_store *store, const char *id, size_t length,
                                         const char *key, size_t key_length, int64_t delta,
                                         int64_t *result, session3_error *error);

/**
 * Checks a form token and forgets it in the store: of all who ask with one token, one gets
 * SESSION3_OK.
 * @return SESSION3_OK: it was there; SESSION3_NOT_FOUND: no such token, or no such session;
 *         SESSION3_E_INVALID; the failures of session3_store_save
 */
session3_status session3_store_consume_form_token(session3_store *store, const char *id,
                                                  size_t length, const char *token,
                                                  size_t token_length, session3_error *error);

/**
 * A name for a session that may be shown and logged: 12 hexadecimal digits of a keyed hash
 * (SipHash-2-4) of its id, the same for all hosts of one directory.
 * @param store   not NULL
 * @param id      any bytes
 * @param length  in bytes
 * @param hash    receives SESSION3_SHORT_HASH_LENGTH characters and a NUL
 * @param error   may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID
 */
session3_status session3_store_short_hash(const session3_store *store, const char *id,
                                          size_t length, char hash[13], session3_error *error);
/** Characters of a short hash. */
#define SESSION3_SHORT_HASH_LENGTH 12
/** @} */

/** @name Many sessions
 * @{ */

/**
 * Deletes the sessions of a user: "log out everywhere". Reads every session of the store, again and
 * again until none of the user's is found.
 * @param store          not NULL
 * @param user           the user as stored, of any type but nil
 * @param except         an id to spare (this browser's), or NULL
 * @param except_length  in bytes
 * @param deleted        receives how many, also with a failure of some; may be NULL
 * @param error          may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; the first failure, after the others were deleted
 */
session3_status session3_store_delete_user_sessions(session3_store *store,
                                                    const session3_value *user, const char *except,
                                                    size_t except_length, uint64_t *deleted,
                                                    session3_error *error);

/**
 * Deletes the sessions that were not accessed for longer than an age, and leftovers of crashed
 * processes. Run it from cron, or from one thread of a server. Its memory does not grow with the
 * store: about 1.5 MB for ids as the library makes them, 3 MB for the longest.
 * @param store      not NULL
 * @param age_us     in microseconds, 0 or more
 * @param deleted    receives how many were deleted, also with a failure of some; may be NULL
 * @param remaining  receives how many remain, likewise; may be NULL
 * @param error      may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; the first failure, after the others were deleted
 */
session3_status session3_store_sweep(session3_store *store, int64_t age_us, uint64_t *deleted,
                                     uint64_t *remaining, session3_error *error);

/**
 * session3_store_sweep by Session3's name and unit.
 * @param store      not NULL
 * @param minutes    0 or more, fractions allowed, not NaN
 * @param deleted    as in session3_store_sweep
 * @param remaining  as in session3_store_sweep
 * @param error      may be NULL
 * @return as session3_store_sweep
 */
session3_status session3_store_delete_old_sessions(session3_store *store, double minutes,
                                                   uint64_t *deleted, uint64_t *remaining,
                                                   session3_error *error);

/** A walk through a store's sessions; released with session3_iterator_free. */
typedef struct session3_iterator session3_iterator;

/**
 * Starts walking all sessions, in no order. A session that exists all the while is seen exactly
 * once; one that comes or goes meanwhile may be seen or not. One that outgrows its file meanwhile
 * may be missed, or seen twice, on btrfs, and on tmpfs in a directory of more than about 5,000.
 * @param store  not NULL; may be freed before the iterator
 * @param out    set to NULL first; released with session3_iterator_free
 * @param error  may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_IO; SESSION3_E_NOMEM; a custom store's own
 * @par Thread safety
 *      One thread at a time for one iterator.
 * @par Fork
 *      Parent and child must not both go on with one iterator.
 */
session3_status session3_store_iterate(session3_store *store, session3_iterator **out,
                                       session3_error *error);

/**
 * Takes the next session.
 * @param iterator  not NULL
 * @param session   set to NULL first; the caller's, released with session3_session_free
 * @param error     may be NULL
 * @return SESSION3_OK; SESSION3_DONE; SESSION3_E_CORRUPT, SESSION3_E_FORMAT or another failure for
 *         a session that can't be read: session3_iterator_id tells which, and the next call goes on
 *         past it
 */
session3_status session3_iterator_next(session3_iterator *iterator, session3_session **session,
                                       session3_error *error);

/**
 * The id at which the last session3_iterator_next stopped.
 * @param iterator  not NULL
 * @param id        borrowed until the next call on the iterator, NUL-terminated
 * @param length    in bytes; may be NULL
 * @param error     may be NULL
 * @return SESSION3_OK; SESSION3_NOT_FOUND before the first and after the last; SESSION3_E_INVALID
 */
session3_status session3_iterator_id(const session3_iterator *iterator, const char **id,
                                     size_t *length, session3_error *error);

/**
 * Releases an iterator and its descriptor.
 * @param iterator  NULL is a no-op
 */
void session3_iterator_free(session3_iterator *iterator);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
