/* SPDX-License-Identifier: MIT */
/**
 * @file session3/manager.h
 * The request cycle of a web server: cookie in, session out; session in, cookie out.
 *
 * One manager serves all requests of a server. Each request is a session3_request, from its Cookie
 * header to its Set-Cookie header:
 *
 * @code
 * session3_manager_start_request(manager, cookie, cookie_length, address, address_length, &request,
 *                                &error);
 * session3_request_session(request, &session, &error);
 * // the page reads and changes the session
 * session3_request_finish_successful(request, &error);  // or session3_request_finish_failed
 * if (session3_request_set_cookie(request, &header, NULL, NULL) == SESSION3_OK)
 *   send_header("Set-Cookie", header);  // before the body
 * session3_request_free(request);
 * @endcode
 *
 * It is the cycle of Quixote's and Session3's SessionManager, whose names it keeps.
 *
 * @par What it sees to
 * - An id that is unknown, malformed or expired is never taken over: the request has a new session,
 *   without an id until there is something to keep.
 * - A login, and any change of the user, gives the session a new id, and the old one dies; so an id
 *   that somebody planted or saw before is worth nothing. Attributes stay; form tokens and the
 *   csrf token are forgotten when session3_session_set_user changes the user.
 * - A request that fails stores nothing, deletes nothing, expires nothing.
 * - A session that was deleted meanwhile (a logout in another tab) stays deleted, and the response
 *   sets no cookie: to revoke it could undo a login that came after the logout.
 *
 * @par Thread safety
 *      A manager is used from any number of threads at once; a request, and its
 *      session, from one at a time.
 * @par Fork
 *      Both may be used in a child.
 */
#ifndef SESSION3_MANAGER_H
#define SESSION3_MANAGER_H

#include "cookie.h"
#include "store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The manager of a server's requests; released with session3_manager_free. */
typedef struct session3_manager session3_manager;
/** One request, from its cookies to the response's; released with session3_request_free. */
typedef struct session3_request session3_request;

/**
 * @name The manager
 * @{
 */

/** Flag: sessions that say nothing of it themselves (session3_session_set_persistence) outlive the
 * browser: "remember me". */
#define SESSION3_MANAGER_PERSISTENT ((uint32_t)1)

/**
 * Whether a session is worth keeping: called at the end of a request; where the answer is no, also
 * for the session as it was when the request began.
 * @param context  as given beside it
 * @param session  may be read, not changed, saved, freed, or kept beyond the call
 * @par Thread safety
 *      Called on the thread that the request is on, with no lock held; must not
 *      longjmp or throw.
 */
typedef bool (*session3_has_info)(void *context, const session3_session *session);

/**
 * How a manager goes about its sessions. Zero stands for each default.
 *
 * Both time limits hold when a session is loaded, whether or not a sweep was there, and by the
 * store's clock. A session beyond one of them is unknown to requests; it is left to the sweep, so
 * that a clock that jumped ahead for a moment ends no session. A login in the future, by a clock
 * that was ahead, counts as one at present.
 */
typedef struct session3_manager_policy {
  size_t size;                          /**< sizeof(session3_manager_policy), set by the caller */
  uint32_t flags;                       /**< SESSION3_MANAGER_..., or 0 */
  uint32_t reserved;                    /**< 0 */
  int64_t idle_timeout_us;              /**< a session ends when it was not used for longer, in
                                             microseconds; 0: never (OWASP advises 15 to 30 minutes,
                                             2 to 5 where much is at stake) */
  int64_t lifetime_us;                  /**< a session ends so long after the login, or after it was
                                             created if nobody noted a login, however busy it is;
                                             a new id does not prolong it; 0: never */
  int64_t persistent_timeout_us;        /**< takes the place of idle_timeout_us for a persistent
                                             session, and is how long browsers keep its cookie,
                                             which is sent again when a tenth of that is over;
                                             30 days */
  int64_t access_resolution_us;         /**< how old an access time is before a request that changes
                                             nothing renews it, less than either timeout; 0: the
                                             store's; negative: always */
  const session3_cookie_policy *cookie; /**< copied; NULL for all defaults */
  session3_has_info has_info;           /**< NULL: session3_session_has_info */
  void *has_info_context;               /**< handed to has_info */
} session3_manager_policy;

/** Initializer of session3_manager_policy. */
#define SESSION3_MANAGER_POLICY_INIT \
  {sizeof(session3_manager_policy), 0, 0, 0, 0, 0, 0, NULL, NULL, NULL}

/**
 * Makes a manager of the sessions in a store.
 * @param store   not NULL; may be freed before the manager
 * @param policy  NULL for all defaults
 * @param out     set to NULL first; released with session3_manager_free
 * @param error   may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID (a negative time, an unknown flag, a cookie that browsers
 *         drop: the message says which rule, see session3_cookie_check); SESSION3_E_NOMEM
 */
session3_status session3_manager_new(session3_store *store, const session3_manager_policy *policy,
                                     session3_manager **out, session3_error *error);

/**
 * Releases a manager; requests that are under way keep what they need.
 * @param manager  NULL is a no-op
 */
void session3_manager_free(session3_manager *manager);

/**
 * Whether there is a session of an id that a request could have: stored, readable, not expired.
 * @param manager  not NULL
 * @param id       any bytes
 * @param length   in bytes
 * @param error    may be NULL
 * @return SESSION3_OK; SESSION3_NOT_FOUND; SESSION3_EXPIRED; the failures of session3_store_load
 */
session3_status session3_manager_has_session(session3_manager *manager, const char *id,
                                             size_t length, session3_error *error);

/**
 * Whether a session that was loaded from the store, by session3_iterator_next for example, is
 * within the manager's time limits.
 * @param manager  not NULL
 * @param session  not NULL
 * @param error    may be NULL
 * @return SESSION3_OK; SESSION3_EXPIRED; SESSION3_E_INVALID
 */
session3_status session3_manager_check_session(const session3_manager *manager,
                                               const session3_session *session,
                                               session3_error *error);
/** @} */

/**
 * @name Beginning of a request
 * @param request  not NULL
 * @param error    may be NULL
 * @{
 */

/**
 * Begins a request: finds its session, or makes a new one.
 *
 * Of several cookies of the manager's name the first four that have the form of an id are tried,
 * and the first that stands for a session wins. A session that is stored but can't be read is
 * unknown, and left as it is; session3_request_cookie_status tells.
 * @param manager         not NULL; may be freed before the request
 * @param cookies         the request's Cookie header, any bytes; NULL if there was none. Several
 *                        are joined by "; "
 * @param cookies_length  in bytes
 * @param address         where the request came from; NULL if unknown. A new session keeps it
 * @param address_length  in bytes
 * @param out             set to NULL first; released with session3_request_free
 * @param error           may be NULL
 * @return SESSION3_OK; SESSION3_E_VALUE if the address is not UTF-8; SESSION3_E_BUSY,
 *         SESSION3_E_IO, SESSION3_E_NOMEM, a custom store's own: the store can't tell whose session
 *         it is, and the request is best answered with 503; SESSION3_E_INVALID
 */
session3_status session3_manager_start_request(session3_manager *manager, const char *cookies,
                                               size_t cookies_length, const char *address,
                                               size_t address_length, session3_request **out,
                                               session3_error *error);

/**
 * Releases a request and its session: Session3's clear_session. One that was not finished ends as
 * session3_request_finish_failed has it.
 * @param request  NULL is a no-op
 */
void session3_request_free(session3_request *request);

/**
 * The request's session.
 * @param session  set to NULL first; borrowed, until the request is freed: never to be freed itself
 * @return SESSION3_OK; SESSION3_NOT_FOUND after session3_request_expire_session;
 *         SESSION3_E_INVALID
 */
session3_status session3_request_session(session3_request *request, session3_session **session,
                                         session3_error *error);

/**
 * What the request's cookie stood for when it began.
 * @return SESSION3_OK: the session it has; SESSION3_NOT_FOUND: nothing, or no cookie came;
 *         SESSION3_EXPIRED: a session beyond a time limit ("please log in again");
 *         SESSION3_E_CORRUPT, SESSION3_E_FORMAT, SESSION3_E_TOO_LARGE: one that can't be read,
 *         which an operator should hear of; SESSION3_E_INVALID (NULL)
 */
session3_status session3_request_cookie_status(const session3_request *request);

/**
 * Whether the request came with a cookie of the manager's name.
 * @param must_exist  whether it must stand for a session that is there now; otherwise its content
 *                    does not matter
 * @return SESSION3_OK; SESSION3_NOT_FOUND; SESSION3_E_INVALID; with must_exist the failures of
 *         session3_store_has
 */
session3_status session3_request_has_session_cookie(session3_request *request, bool must_exist,
                                                    session3_error *error);
/** @} */

/** @name Whose sessions end
 * @{ */
/** One of the numbers here. */
typedef uint32_t session3_expire_scope;
/** All of the user's sessions, this one included: "log out everywhere". */
#define SESSION3_EXPIRE_ALL ((session3_expire_scope)1)
/** All but this one, as after a change of the password. */
#define SESSION3_EXPIRE_OTHERS ((session3_expire_scope)2)
/** @} */

/**
 * @name In the midst of a request
 * None of these touches the store; what they ask for is done when the request finishes.
 * @param request  not NULL
 * @param scope    SESSION3_EXPIRE_...
 * @param error    may be NULL
 * @{
 */

/**
 * Gives the request a new, empty session in the place of what it has, which stays stored unless
 * it was expired.
 * @param session  set to NULL first; borrowed, as of session3_request_session; may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID (also: the request is finished); SESSION3_E_NOMEM
 */
session3_status session3_request_new_session(session3_request *request, session3_session **session,
                                             session3_error *error);

/**
 * Ends the request's session: a logout. It will be deleted, and the cookie revoked; also under
 * the id that another request of this process gave it meanwhile, of the last 512 of the store
 * handle. What another process renews in this very moment lives on under an id that only the other
 * request's browser is told.
 * @return SESSION3_OK; SESSION3_NOT_FOUND if the request has none; SESSION3_E_INVALID (also: the
 *         request is finished)
 */
session3_status session3_request_expire_session(session3_request *request, session3_error *error);

/**
 * Ends the sessions of the user who is logged in now, on all browsers. Reads every session of the
 * store when the request finishes, see session3_store_delete_user_sessions; what can't be read, being
 * damaged or of a later version, is passed over. A login later in this request stays.
 * @return SESSION3_OK; SESSION3_NOT_FOUND if the request has no session, or nobody is logged in;
 *         SESSION3_E_INVALID (also: an unknown scope; the request is finished); SESSION3_E_NOMEM
 */
session3_status session3_request_expire_user_sessions(session3_request *request,
                                                      session3_expire_scope scope,
                                                      session3_error *error);

/**
 * Gives the session a new id when the request finishes, as a change of the user does by itself:
 * for other changes of what the session may do. A user who logs in again is no change; to begin a
 * new lifetime, too, set the user to NULL first.
 * @return SESSION3_OK; SESSION3_NOT_FOUND if the request has no session; SESSION3_E_INVALID (also:
 *         the request is finished)
 */
session3_status session3_request_renew_id(session3_request *request, session3_error *error);
/** @} */

/**
 * @name End of a request
 * @param request  not NULL
 * @param error    may be NULL
 * @{
 */

/**
 * Keeps the session, or not: what session3_request_finish_successful does first, for a response
 * whose headers leave before the page is done. It may be called again. After it the request may go
 * on changing attributes, not the user.
 *
 * A session with information is saved by the store's save policy; a new one gets an id, and one
 * whose user changed, or which asked for it, another. A stored one that lost its information in
 * this request is deleted and the cookie revoked, unless somebody else put something into it
 * meanwhile; one that never had any, by this host's rule, is another host's, and is saved. A new
 * one without information is forgotten. A visitor who logs in, and whose session was deleted
 * meanwhile, begins another. SESSION3_SAVE_RESURRECT does nothing here.
 * @return SESSION3_OK, also where the session was deleted meanwhile and nothing was saved; the
 *         failures of session3_store_save: the request is as it was, to be tried again (not so
 *         SESSION3_E_CONFLICT) or given up
 */
session3_status session3_request_maintain_session(session3_request *request, session3_error *error);

/**
 * Ends a request that went well: keeps the session, deletes what was expired.
 * @return as session3_request_maintain_session, and session3_store_delete; SESSION3_E_INVALID if
 *         the request is finished already
 */
session3_status session3_request_finish_successful(session3_request *request,
                                                   session3_error *error);

/**
 * Ends a request that failed: stores nothing, deletes nothing, sets no cookie, beyond what
 * session3_request_maintain_session did.
 * @return SESSION3_OK; SESSION3_E_INVALID (also: the request is finished already)
 */
session3_status session3_request_finish_failed(session3_request *request, session3_error *error);

/**
 * The value of the Set-Cookie header that the response is to have, after session3_request_finish...
 * or session3_request_maintain_session; also where that failed and an error page is sent, since the
 * session may have its new id by then.
 * @param header  borrowed, NUL-terminated, until the next call on the request
 * @param length  in bytes; may be NULL
 * @return SESSION3_OK; SESSION3_NOT_FOUND: no header is to be sent; SESSION3_E_INVALID
 */
session3_status session3_request_set_cookie(session3_request *request, const char **header,
                                            size_t *length, session3_error *error);
/** @} */

/** @name What became of a request's session
 * @{ */
/** One of the numbers here. */
typedef uint32_t session3_outcome;
/** Nothing was there to keep, or the request was not finished, or failed. */
#define SESSION3_OUTCOME_NONE ((session3_outcome)0)
/** It is stored as it was; its access time was renewed if due. */
#define SESSION3_OUTCOME_UNCHANGED ((session3_outcome)1)
/** Its changes were stored. */
#define SESSION3_OUTCOME_SAVED ((session3_outcome)2)
/** It was stored for the first time, under a new id. */
#define SESSION3_OUTCOME_CREATED ((session3_outcome)3)
/** It was stored under another id, and the old one is dead. */
#define SESSION3_OUTCOME_RENEWED ((session3_outcome)4)
/** It was deleted: expired by the request, or without information. */
#define SESSION3_OUTCOME_DELETED ((session3_outcome)5)
/** Somebody else deleted it during the request, or gave it a new id in another process; what the
 * request changed was not stored. */
#define SESSION3_OUTCOME_GONE ((session3_outcome)6)

/**
 * What became of a request's session.
 * @param request  NULL gives SESSION3_OUTCOME_NONE
 */
session3_outcome session3_request_outcome(const session3_request *request);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
