/* SPDX-License-Identifier: MIT */
/**
 * @file session3_easy_manager.h
 * session3/manager.h for C web programs, in the manner of session3_easy.h, which it includes:
 * NUL-terminated text, seconds, a policy by designated initializers, scope cleanup.
 *
 * Every call here is one call of session3.h, or a few, and both mix freely. What is documented there
 * (statuses, lifetimes, threads, forks) holds here; only what differs is said again. What is as
 * short there (session3_request_renew_id, session3_request_cookie_status) has no other name here.
 *
 * A CGI program that counts a visitor's visits:
 * @code
 * int main(void) {
 *   session3_error error = SESSION3_ERROR_INIT;
 *   S3_AUTO_STORE(store);
 *   S3_AUTO_MANAGER(manager);
 *   S3_AUTO_REQUEST(request);
 *   const s3_manager_options options = {.idle_seconds = 30L * 60, .lifetime_seconds = 12L * 3600};
 *   const char *cookies = getenv("HTTP_COOKIE");
 *   const char *address = getenv("REMOTE_ADDR");
 *
 *   if (s3_check("visits", s3_open("sessions", &store, &error), &error) < 0) return 1;
 *   if (s3_check("visits", s3_manager_new(store, &options, &manager, &error), &error) < 0)
 *     return 1;
 *   if (s3_check("visits", s3_start_request(manager, cookies, address, &request, &error), &error) <
 *       0)
 *     return 1;
 *   session3_session *session = s3_request_session(request);
 *   int64_t visits = s3_get_int(session, "visits", 0) + 1;
 *   if (s3_check("visits", s3_set(session, "visits", visits, &error), &error) < 0) return 1;
 *   if (s3_check("visits", s3_finish(request, &error), &error) < 0) return 1;
 *   if (s3_set_cookie(request) != NULL) printf("Set-Cookie: %s\n", s3_set_cookie(request));
 *   printf("Content-Type: text/plain\n\nvisit %lld\n", (long long)visits);
 *   return 0;
 * }
 * @endcode
 *
 * A login is s3_set_user; of a user who may be logged in already, s3_set_user of NULL first, or it
 * would change nothing. session3_session_set_persistence is "remember me".
 *
 * A page that can't be made returns before s3_finish: the request ends with its scope, and one that
 * was not finished stores nothing, deletes nothing and sets no cookie.
 */
#ifndef SESSION3_EASY_MANAGER_H
#define SESSION3_EASY_MANAGER_H

#include "session3_easy.h"

// Names and types stand in declarations. NOLINTBEGIN(bugprone-macro-parentheses)

/**
 * @name Scope cleanup
 * As in session3_easy.h. A manager may end before its requests, and a store before both.
 * @{
 */
#define S3_AUTO_MANAGER(name) S3_AUTO(manager, name) /**< a session3_manager * */
#define S3_AUTO_REQUEST(name) S3_AUTO(request, name) /**< a session3_request * */

static inline void s3_cleanup_manager(session3_manager **manager) {
  session3_manager_free(*manager);
}
static inline void s3_cleanup_request(session3_request **request) {
  session3_request_free(*request);
}
/** @} */

/** @name The manager
 * @{ */

/**
 * The policy of a manager. What is left out of the initializer is the default:
 * `{.cookie_name = "__Host-session", .secure = true, .idle_seconds = 30L * 60}`
 */
typedef struct s3_manager_options {
  const char *cookie_name;           /**< NULL: "session3" */
  const char *cookie_path;           /**< NULL: "/" */
  const char *cookie_domain;         /**< NULL: the host that set it, and no other */
  session3_same_site same_site;      /**< SESSION3_SAME_SITE_LAX */
  bool secure;                       /**< over HTTPS only: for every site that has it */
  bool scriptable;                   /**< not HttpOnly: scripts of the page can read the id */
  bool partitioned;                  /**< kept apart for each site that embeds this one */
  bool persistent;                   /**< sessions outlive the browser unless they say otherwise */
  int64_t idle_seconds;              /**< a session ends when unused for longer; 0: never */
  int64_t lifetime_seconds;          /**< a session ends so long after the login, or
                                          after it was created; 0: never */
  int64_t persistent_seconds;        /**< instead of idle_seconds for a persistent session, and how
                                          long browsers keep its cookie; 30 days */
  int64_t access_resolution_seconds; /**< how old an access time is before it is renewed; the
                                          store's; negative: always */
  session3_has_info has_info;        /**< NULL: a user, or any attribute */
  void *has_info_context;            /**< handed to has_info */
} s3_manager_options;

/** For the function below: microseconds of seconds. A negative number stays one, and what is too
 * long for microseconds is as long as they go. */
static inline int64_t s3_microseconds(int64_t seconds) {
  const int64_t longest = INT64_MAX / 1000000;
  return seconds < 0 ? -1 : (seconds < longest ? seconds : longest) * 1000000;
}

/**
 * Makes a manager of the sessions in a store.
 * @param options  NULL for all defaults
 * @return as session3_manager_new: SESSION3_E_INVALID for a negative time, or a cookie that browsers
 *         drop
 */
static inline session3_status s3_manager_new(session3_store *store,
                                             const s3_manager_options *options,
                                             session3_manager **out, session3_error *error) {
  session3_cookie_policy cookie = SESSION3_COOKIE_POLICY_INIT;
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  if (options == NULL)
    return session3_manager_new(store, NULL, out, error);
  cookie.flags = (options->secure ? SESSION3_COOKIE_SECURE : 0) |
                 (options->scriptable ? SESSION3_COOKIE_SCRIPTABLE : 0) |
                 (options->partitioned ? SESSION3_COOKIE_PARTITIONED : 0);
  cookie.same_site = options->same_site;
  cookie.name = options->cookie_name;
  cookie.name_length = s3_length(options->cookie_name);
  cookie.path = options->cookie_path;
  cookie.path_length = s3_length(options->cookie_path);
  cookie.domain = options->cookie_domain;
  cookie.domain_length = s3_length(options->cookie_domain);
  policy.flags = options->persistent ? SESSION3_MANAGER_PERSISTENT : 0;
  policy.idle_timeout_us = s3_microseconds(options->idle_seconds);
  policy.lifetime_us = s3_microseconds(options->lifetime_seconds);
  policy.persistent_timeout_us = s3_microseconds(options->persistent_seconds);
  policy.access_resolution_us = s3_microseconds(options->access_resolution_seconds);
  policy.cookie = &cookie;
  policy.has_info = options->has_info;
  policy.has_info_context = options->has_info_context;
  return session3_manager_new(store, &policy, out, error);
}

/** Whether there is a session of an id that a request could have: SESSION3_OK, SESSION3_NOT_FOUND or
 * SESSION3_EXPIRED. */
static inline session3_status s3_has_session(session3_manager *manager, const char *id,
                                             session3_error *error) {
  return session3_manager_has_session(manager, id, s3_length(id), error);
}
/** @} */

/** @name A request
 * @{ */

/**
 * Begins a request: finds its session, or makes a new one.
 * @param cookies  the Cookie header's value, such as getenv("HTTP_COOKIE"); NULL if there was none
 * @param address  of the client, such as getenv("REMOTE_ADDR"); NULL if unknown
 * @return as session3_manager_start_request: SESSION3_E_BUSY, SESSION3_E_IO and the like are best
 *         answered with 503
 */
static inline session3_status s3_start_request(session3_manager *manager, const char *cookies,
                                               const char *address, session3_request **out,
                                               session3_error *error) {
  return session3_manager_start_request(manager, cookies, s3_length(cookies), address,
                                        s3_length(address), out, error);
}

/** The request's session, borrowed: it is freed with the request. NULL once it was expired. */
static inline session3_session *s3_request_session(session3_request *request) {
  session3_session *session = NULL;
  return session3_request_session(request, &session, NULL) == SESSION3_OK ? session : NULL;
}

/** A logout: the session will be deleted, and the cookie revoked. SESSION3_NOT_FOUND if the request
 * has no session. */
static inline session3_status s3_log_out(session3_request *request, session3_error *error) {
  return session3_request_expire_session(request, error);
}

/** "Log out everywhere": all sessions of the user who is logged in now, this one included.
 * SESSION3_NOT_FOUND if nobody is logged in. */
static inline session3_status s3_log_out_everywhere(session3_request *request,
                                                    session3_error *error) {
  return session3_request_expire_user_sessions(request, SESSION3_EXPIRE_ALL, error);
}

/** As s3_log_out_everywhere, but this session stays: after a change of the password. */
static inline session3_status s3_log_out_others(session3_request *request, session3_error *error) {
  return session3_request_expire_user_sessions(request, SESSION3_EXPIRE_OTHERS, error);
}

/** Ends a request that went well: keeps the session, deletes what was expired. After a failure it
 * may be called again. */
static inline session3_status s3_finish(session3_request *request, session3_error *error) {
  return session3_request_finish_successful(request, error);
}

/** Ends a request that failed: it leaves no trace. To free it does the same. */
static inline session3_status s3_fail_request(session3_request *request, session3_error *error) {
  return session3_request_finish_failed(request, error);
}

/** What the response's Set-Cookie header is to hold, once the request is finished, until the next
 * call on the request; NULL if no such header is to be sent. */
// Inlined, it makes GCC 12 warn of a dangling pointer where strchr is handed its result.
__attribute__((noinline, unused)) static const char *s3_set_cookie(session3_request *request) {
  const char *header = NULL;
  return session3_request_set_cookie(request, &header, NULL, NULL) == SESSION3_OK ? header : NULL;
}
/** @} */

/**
 * The first value of a cookie in a Cookie header: `s3_get_cookie(header, "theme", "light", &theme)`.
 * @param cookies   the header's value; NULL if there was none
 * @param fallback  may be NULL
 * @param buffer    an initialized one; what it held before ends
 * @return the buffer's bytes, NUL-terminated, until the buffer is given something else or disposed
 *         of; or the fallback, also if memory is short
 */
static inline const char *s3_get_cookie(const char *cookies, const char *name, const char *fallback,
                                        session3_buffer *buffer) {
  const char *value;
  size_t length;
  size_t position = 0;
  if (session3_cookie_next(cookies, s3_length(cookies), name, s3_length(name), &position, &value,
                           &length, NULL) != SESSION3_OK ||
      buffer == NULL || session3_buffer_assign(buffer, value, length, NULL) != SESSION3_OK)
    return fallback;
  return buffer->data;
}

// NOLINTEND(bugprone-macro-parentheses)
#endif
