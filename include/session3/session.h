/* SPDX-License-Identifier: MIT */
/**
 * @file session3/session.h
 * A session in memory: who the user is, the application's attributes, the form tokens.
 *
 * A session comes from session3_store_load or session3_session_new and belongs to the caller, who
 * releases it with session3_session_free. It is a copy: what is changed here reaches the store
 * with session3_store_save.
 *
 * @par Thread safety
 *      One thread at a time for one session; two sessions, also two copies of one
 *      stored session, don't know of each other.
 * @par Fork
 *      A session may be used in a child.
 * @par Lifetime of what is borrowed
 *      Text, bytes and values that a session hands out are its own.
 *      They end at the next call that changes it (set, remove, tokens, save), and when it is freed.
 */
#ifndef SESSION3_SESSION_H
#define SESSION3_SESSION_H

#include "value.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A session in memory; released with session3_session_free. */
typedef struct session3_session session3_session;

/** Form tokens that a session keeps; the oldest gives way to one more. */
#define SESSION3_MAXIMUM_FORM_TOKENS 32
/** Characters of a form token or csrf token: 128 bits of getrandom(2) in base64url. */
#define SESSION3_TOKEN_LENGTH 22

/**
 * Makes a session that no store knows yet. Its creation and access time are the present, or that
 * of the store's clock once it is saved.
 * @param id      NULL, or the id under which to save it; session3_store_create makes one if none
 * @param length  of id, in bytes
 * @param out     set to NULL first; released with session3_session_free
 * @param error   may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID (also for an id outside the grammar); SESSION3_E_NOMEM
 */
session3_status session3_session_new(const char *id, size_t length, session3_session **out,
                                     session3_error *error);

/**
 * Releases a session and all that was borrowed from it. Saves nothing.
 * @param session  NULL is a no-op
 */
void session3_session_free(session3_session *session);

/**
 * @name Identity and times
 * @param session  not NULL, unless it is said what NULL gives
 * @param id       of the session
 * @param length   of id, in bytes
 * @param now_us   microseconds since 1970 UTC
 * @param error    may be NULL
 * @{
 */

/**
 * The session's id.
 * @param session     not NULL
 * @param id          borrowed, NUL-terminated, until the session is freed or given an id
 * @param length      in bytes; may be NULL
 * @param error       may be NULL
 * @return SESSION3_OK; SESSION3_NOT_FOUND if it has none yet; SESSION3_E_INVALID
 */
session3_status session3_session_id(const session3_session *session, const char **id,
                                    size_t *length, session3_error *error);

/**
 * Gives a session its id.
 * @return SESSION3_OK; SESSION3_E_INVALID for an id outside the grammar, or a session that a store
 *         knows already
 */
session3_status session3_session_set_id(session3_session *session, const char *id, size_t length,
                                        session3_error *error);

/** Whether the session was neither loaded nor saved yet. False for NULL. */
bool session3_session_is_new(const session3_session *session);

/** Whether a save would write: the session is new, or not what was loaded. False for NULL. */
bool session3_session_is_changed(const session3_session *session);

/**
 * Whether the session holds anything worth keeping: a user, or any attribute. False for NULL.
 * A web server that creates sessions for every visitor saves only those.
 */
bool session3_session_has_info(const session3_session *session);

/** When the session was created, in microseconds since 1970 UTC; 0 for NULL. */
int64_t session3_session_created_us(const session3_session *session);

/** When the session was last saved or touched, as of when it was loaded, in microseconds since
 * 1970 UTC; never before it was created; 0 for NULL. */
int64_t session3_session_accessed_us(const session3_session *session);

/** Microseconds from its creation to now_us, or to the present if now_us is 0; never negative. */
int64_t session3_session_creation_age_us(const session3_session *session, int64_t now_us);

/** Microseconds from its last access to now_us, or to the present if now_us is 0; never
 * negative. */
int64_t session3_session_access_age_us(const session3_session *session, int64_t now_us);
/** @} */

/**
 * @name User and remote address
 * @param session  not NULL, unless it is said what NULL gives
 * @param user     a value of any type
 * @param text     UTF-8
 * @param length   of text, in bytes; may be NULL where it is an out
 * @param error    may be NULL
 * @{
 */

/**
 * The user, whatever type of value it is.
 * @param session  not NULL
 * @param out      borrowed
 * @param error    may be NULL
 * @return SESSION3_OK; SESSION3_NOT_FOUND if nobody is logged in; SESSION3_E_INVALID
 */
session3_status session3_session_user(const session3_session *session, session3_value *out,
                                      session3_error *error);

/** The user where it is text, borrowed, *not* NUL-terminated. As session3_session_user, and
 * SESSION3_E_TYPE where it is something else (a Python host may store a number or a map). */
session3_status session3_session_user_text(const session3_session *session, const char **text,
                                           size_t *length, session3_error *error);

/**
 * Sets the user to any value; NULL or a nil value logs out in memory (to end a session, delete it).
 * Where that changes the user, the form tokens and the csrf token are forgotten: who knew them
 * before a login must not pass with them after it.
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_VALUE; SESSION3_E_NOMEM
 */
session3_status session3_session_set_user(session3_session *session, const session3_value *user,
                                          session3_error *error);

/** Sets the user to a text; NULL for none. As session3_session_set_user. */
session3_status session3_session_set_user_text(session3_session *session, const char *text,
                                               size_t length, session3_error *error);

/** When the user logged in, as a manager or the host noted it, in microseconds since 1970 UTC; 0 if
 * nobody noted it, or for NULL. */
int64_t session3_session_authenticated_us(const session3_session *session);

/**
 * Notes when the user logged in, from which a manager's lifetime counts: for hosts without a manager,
 * after session3_session_set_user, which forgets it where it changes the user. A manager notes it by
 * itself.
 * @param time_us  in microseconds since 1970 UTC; 0: nobody noted it
 * @return SESSION3_OK; SESSION3_E_INVALID (also: a time where nobody is logged in); SESSION3_E_NOMEM
 */
session3_status session3_session_set_authenticated_us(session3_session *session, int64_t time_us,
                                                      session3_error *error);

/** The address that the session's first request came from, borrowed, not NUL-terminated.
 * @return SESSION3_OK; SESSION3_NOT_FOUND if none was set; SESSION3_E_INVALID */
session3_status session3_session_remote_address(const session3_session *session, const char **text,
                                                size_t *length, session3_error *error);

/** Sets the remote address; NULL for none.
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_VALUE if not UTF-8; SESSION3_E_NOMEM */
session3_status session3_session_set_remote_address(session3_session *session, const char *text,
                                                    size_t length, session3_error *error);
/** @} */

/**
 * @name Persistence
 * Whether the browser keeps the session's cookie when it is closed: "remember me".
 * @param session      not NULL, unless it is said what NULL gives
 * @param persistence  SESSION3_PERSISTENCE_...
 * @param error        may be NULL
 * @{
 */
/** One of the numbers here. */
typedef uint32_t session3_persistence;
/** As the manager's policy has it. */
#define SESSION3_PERSISTENCE_DEFAULT ((session3_persistence)0)
/** Until the browser is closed. */
#define SESSION3_PERSISTENCE_BROWSER ((session3_persistence)1)
/** For the persistent timeout of the manager's policy. */
#define SESSION3_PERSISTENCE_PERSISTENT ((session3_persistence)2)

/** Says whether the session outlives the browser.
 * @return SESSION3_OK; SESSION3_E_INVALID (also: an unknown persistence); SESSION3_E_NOMEM */
session3_status session3_session_set_persistence(session3_session *session,
                                                 session3_persistence persistence,
                                                 session3_error *error);

/** Whether the session outlives the browser; SESSION3_PERSISTENCE_DEFAULT for NULL. */
session3_persistence session3_session_persistence(const session3_session *session);
/** @} */

/**
 * @name Attributes: reading
 *
 * Each attribute is a value under a key, any UTF-8 text.
 * @param session     not NULL
 * @param key         UTF-8
 * @param key_length  in bytes
 * @param out, out_us, text, data  written on success only; what it points to is borrowed
 * @param length      of text or data, in bytes
 * @param error       may be NULL
 * @return SESSION3_OK; SESSION3_NOT_FOUND if there is no such attribute; SESSION3_E_INVALID;
 *         SESSION3_E_TYPE; SESSION3_E_RANGE
 * @par Complexity
 *      O(bytes of the session)
 * @{
 */
/** The value, whatever type it is of. */
session3_status session3_session_get(const session3_session *session, const char *key,
                                     size_t key_length, session3_value *out, session3_error *error);
/** True or false. */
session3_status session3_session_get_bool(const session3_session *session, const char *key,
                                          size_t key_length, bool *out, session3_error *error);
/** An integer that an int64_t holds. */
session3_status session3_session_get_int(const session3_session *session, const char *key,
                                         size_t key_length, int64_t *out, session3_error *error);
/** An integer that is not negative. */
session3_status session3_session_get_uint(const session3_session *session, const char *key,
                                          size_t key_length, uint64_t *out, session3_error *error);
/** A double as stored; an integer is SESSION3_E_TYPE: a conversion could lose digits. */
session3_status session3_session_get_double(const session3_session *session, const char *key,
                                            size_t key_length, double *out, session3_error *error);
/** Microseconds since 1970 UTC. */
session3_status session3_session_get_timestamp(const session3_session *session, const char *key,
                                               size_t key_length, int64_t *out_us,
                                               session3_error *error);
/** UTF-8, borrowed, not NUL-terminated. */
session3_status session3_session_get_text(const session3_session *session, const char *key,
                                          size_t key_length, const char **text, size_t *length,
                                          session3_error *error);
/** Bytes, borrowed. */
session3_status session3_session_get_binary(const session3_session *session, const char *key,
                                            size_t key_length, const void **data, size_t *length,
                                            session3_error *error);

/** How many attributes the session has; 0 for NULL. */
size_t session3_session_attribute_count(const session3_session *session);

/**
 * Views all attributes as one map value, sorted by the bytes of their keys; walk it with
 * session3_value_iterate.
 * @return SESSION3_OK; SESSION3_E_INVALID
 */
session3_status session3_session_attributes(const session3_session *session, session3_value *out,
                                            session3_error *error);
/** @} */

/**
 * @name Attributes: writing
 * @param session     not NULL
 * @param key         UTF-8
 * @param key_length  in bytes
 * @param value, time_us, text, data  what the attribute is from then on
 * @param length      of text or data, in bytes
 * @param error       may be NULL; its message names the key
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_VALUE; SESSION3_E_TOO_LARGE beyond 4 GiB;
 *         SESSION3_E_NOMEM. On failure the session is as it was.
 * @par Complexity
 *      O(bytes of the session)
 * @{
 */
/** Sets any value: one from session3_writer_finish, session3_value_parse, or another session. */
session3_status session3_session_set(session3_session *session, const char *key, size_t key_length,
                                     const session3_value *value, session3_error *error);
/** Sets an attribute to nil, which is a value: the attribute stays. */
session3_status session3_session_set_nil(session3_session *session, const char *key,
                                         size_t key_length, session3_error *error);
/** Sets true or false. */
session3_status session3_session_set_bool(session3_session *session, const char *key,
                                          size_t key_length, bool value, session3_error *error);
/** Sets an integer. */
session3_status session3_session_set_int(session3_session *session, const char *key,
                                         size_t key_length, int64_t value, session3_error *error);
/** Sets an integer that may be above INT64_MAX. */
session3_status session3_session_set_uint(session3_session *session, const char *key,
                                          size_t key_length, uint64_t value, session3_error *error);
/** Sets a double, NaN and infinities included. */
session3_status session3_session_set_double(session3_session *session, const char *key,
                                            size_t key_length, double value, session3_error *error);
/** Microseconds since 1970 UTC. */
session3_status session3_session_set_timestamp(session3_session *session, const char *key,
                                               size_t key_length, int64_t time_us,
                                               session3_error *error);
/** Sets a text, which is UTF-8. */
session3_status session3_session_set_text(session3_session *session, const char *key,
                                          size_t key_length, const char *text, size_t length,
                                          session3_error *error);
/** Sets any bytes. */
session3_status session3_session_set_binary(session3_session *session, const char *key,
                                            size_t key_length, const void *data, size_t length,
                                            session3_error *error);

/** Removes an attribute.
 * @return SESSION3_OK; SESSION3_NOT_FOUND if there was none; SESSION3_E_INVALID;
 *         SESSION3_E_NOMEM */
session3_status session3_session_remove(session3_session *session, const char *key,
                                        size_t key_length, session3_error *error);

/** Removes all attributes; user, address and tokens stay. */
session3_status session3_session_remove_all(session3_session *session, session3_error *error);
/** @} */

/**
 * @name Form tokens and the csrf token
 *
 * A form token goes into one form and passes once. After a save, let
 * session3_store_consume_form_token check it: in the store it passes once whatever else runs; in
 * memory it passes once per copy.
 * @param session  not NULL, unless it is said what NULL gives
 * @param token    as it came with the form; any bytes
 * @param length   of token, in bytes
 * @param error    may be NULL
 * @{
 */

/**
 * Makes a token and remembers it, forgetting the oldest beyond SESSION3_MAXIMUM_FORM_TOKENS.
 * @param session  not NULL; save it before the form is sent
 * @param token    receives SESSION3_TOKEN_LENGTH characters and a NUL
 * @param error    may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_NOMEM; SESSION3_E_IO without random bytes
 */
session3_status session3_session_create_form_token(session3_session *session,
                                                   char token[SESSION3_TOKEN_LENGTH + 1],
                                                   session3_error *error);

/** Whether the session remembers a token; compared in constant time. False for NULL. */
bool session3_session_has_form_token(const session3_session *session, const char *token,
                                     size_t length);

/** Forgets a token.
 * @return SESSION3_OK; SESSION3_NOT_FOUND; SESSION3_E_INVALID; SESSION3_E_NOMEM */
session3_status session3_session_remove_form_token(session3_session *session, const char *token,
                                                   size_t length, session3_error *error);

/**
 * The csrf token of the session, made at the first call: one for all its forms.
 * @param session  not NULL; to be saved when the token is new
 * @param token    receives SESSION3_TOKEN_LENGTH characters and a NUL; a csrf token of another
 *                 length that a host stored itself is E_TYPE
 * @param error    may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_NOMEM; SESSION3_E_IO; SESSION3_E_TYPE
 */
session3_status session3_session_csrf_token(session3_session *session,
                                            char token[SESSION3_TOKEN_LENGTH + 1],
                                            session3_error *error);

/** Whether a token is the session's csrf token; compared in constant time. False for NULL, and
 * for a session that has none. */
bool session3_session_check_csrf_token(const session3_session *session, const char *token,
                                       size_t length);
/** @} */

/**
 * @name The whole session
 * @param session  not NULL
 * @param data     a MessagePack map
 * @param length   of data, in bytes
 * @param error    may be NULL
 * @{
 */

/**
 * The session's content as the MessagePack map that a store keeps, see docs/format.md.
 * @param session  not NULL
 * @param data     borrowed
 * @param length   in bytes
 * @param error    may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID
 * @par Complexity
 *      O(1)
 */
session3_status session3_session_payload(const session3_session *session, const void **data,
                                         size_t *length, session3_error *error);

/**
 * Replaces the session's content by an encoded one, in any MessagePack form; it is checked and
 * brought into canonical form.
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_VALUE (the message names the attribute);
 *         SESSION3_E_NOMEM. On failure the session is as it was.
 */
session3_status session3_session_set_payload(session3_session *session, const void *data,
                                             size_t length, session3_error *error);

/**
 * Describes a session for logs and debuggers: user, address, times, the attributes' keys with type
 * and size. Neither the id nor a token nor an attribute's content is in it.
 * @param session  not NULL
 * @param text     an initialized buffer; receives UTF-8, also NUL-terminated
 * @param error    may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_NOMEM
 */
session3_status session3_session_describe(const session3_session *session, session3_buffer *text,
                                          session3_error *error);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
