/* SPDX-License-Identifier: MIT */
/**
 * @file session3/cookie.h
 * Cookies that carry a session's id: reading a request's Cookie header, writing Set-Cookie. After
 * RFC 6265bis (draft-ietf-httpbis-rfc6265bis), and CHIPS for partitioned cookies.
 *
 * session3/manager.h does all of this by itself; these functions are for hosts whose framework has
 * a request cycle of its own. None of them keeps anything.
 *
 * @par Thread safety
 *      Any thread.
 */
#ifndef SESSION3_COOKIE_H
#define SESSION3_COOKIE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** As much of a Cookie header is looked at, in bytes; a cookie that ends beyond is not seen. */
#define SESSION3_COOKIE_HEADER_MAXIMUM 8192

/** @name Flags of session3_cookie_policy
 * @{ */
/** Sent over HTTPS only (and to localhost): for every site that has it. */
#define SESSION3_COOKIE_SECURE ((uint32_t)1)
/** Not HttpOnly: the page's scripts, and what was injected into them, can read the id. */
#define SESSION3_COOKIE_SCRIPTABLE ((uint32_t)2)
/** Kept apart for each top-level site that embeds this one. Needs SESSION3_COOKIE_SECURE. */
#define SESSION3_COOKIE_PARTITIONED ((uint32_t)4)
/** @} */

/**
 * @name SameSite
 * Which requests from other sites' pages carry the cookie.
 * @{
 */
/** One of the numbers here. */
typedef uint32_t session3_same_site;
/** SESSION3_SAME_SITE_LAX. */
#define SESSION3_SAME_SITE_DEFAULT ((session3_same_site)0)
/** Only when the user follows a link there, and the like. */
#define SESSION3_SAME_SITE_LAX ((session3_same_site)1)
/** None: who comes by a link seems logged out at first. */
#define SESSION3_SAME_SITE_STRICT ((session3_same_site)2)
/** All. Needs SESSION3_COOKIE_SECURE. */
#define SESSION3_SAME_SITE_NONE ((session3_same_site)3)
/** The attribute is left out, and the browser decides. */
#define SESSION3_SAME_SITE_UNSET ((session3_same_site)4)
/** @} */

/** What a cookie is called, and which requests carry it. Zero stands for each default. Text need
 * not be NUL-terminated; a NULL one has the length 0. */
typedef struct session3_cookie_policy {
  size_t size;                  /**< sizeof(session3_cookie_policy), set by the caller */
  uint32_t flags;               /**< SESSION3_COOKIE_..., or 0 */
  session3_same_site same_site; /**< SESSION3_SAME_SITE_LAX */
  const char *name;             /**< NULL: "session3" */
  size_t name_length;           /**< in bytes */
  const char *path;             /**< NULL: "/" */
  size_t path_length;           /**< in bytes */
  const char *domain;           /**< NULL: the host that set it, and no other */
  size_t domain_length;         /**< in bytes */
} session3_cookie_policy;

/** Initializer of session3_cookie_policy. */
#define SESSION3_COOKIE_POLICY_INIT \
  {sizeof(session3_cookie_policy), 0, 0, NULL, 0, NULL, 0, NULL, 0}

/**
 * Checks a policy by the rules of RFC 6265bis: browsers drop the cookies of others without a word.
 * Whether a domain is a public suffix, which is one more of their reasons, is not known here.
 *
 * Refused are: a name that is no token (RFC 9110, section 5.6.2); a path that does not begin with a
 * slash; a domain that is empty or no host name (a leading dot is taken, and left out); control
 * characters, `;` and non-ASCII in any of them; more than 1,024 bytes in one; SameSite=None or
 * Partitioned without Secure; the name prefixes `__Secure-` without Secure, `__Host-` without
 * Secure, with a domain or another path than "/", `__Http-` without Secure and HttpOnly,
 * `__Host-Http-` without all of these. Prefixes count in any case, as they do for browsers.
 * @param policy  NULL for all defaults
 * @param error   may be NULL; says which rule
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_NOMEM
 */
session3_status session3_cookie_check(const session3_cookie_policy *policy, session3_error *error);

/**
 * Finds the values of one cookie in a request's Cookie header, one after another: a browser may
 * send several of one name, of which the one for the longer path comes first, and others may have
 * planted more.
 *
 * Read leniently, as RFC 6265bis asks of servers: pairs are parted by `;`, blanks around names and
 * values are dropped, as is one pair of double quotes around a value; what has no `=` is passed
 * over. Names are compared byte by byte.
 * @param header         as it came, any bytes; several headers are joined by "; ". Beyond
 *                       SESSION3_COOKIE_HEADER_MAXIMUM nothing is seen
 * @param header_length  in bytes
 * @param name           of the cookie
 * @param name_length    in bytes
 * @param position       0 for the first call; where the search goes on
 * @param value          borrowed from header, not NUL-terminated; any bytes, also none
 * @param value_length   in bytes
 * @param error          may be NULL
 * @return SESSION3_OK; SESSION3_DONE; SESSION3_E_INVALID
 */
session3_status session3_cookie_next(const char *header, size_t header_length, const char *name,
                                     size_t name_length, size_t *position, const char **value,
                                     size_t *value_length, session3_error *error);

/**
 * Writes the value of a Set-Cookie header that gives a browser a session's id.
 * @param policy       NULL for all defaults
 * @param id           of the session
 * @param id_length    in bytes
 * @param lifetime_us  how long the browser keeps it, rounded down to seconds, at least 1, at most
 *                     400 days; 0: until the browser is closed; not negative
 * @param now_us       the present, from which Expires counts, in microseconds since 1970 UTC
 * @param header       an initialized buffer; receives the header's value, NUL-terminated, without
 *                     "Set-Cookie: "
 * @param error        may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID (also: as session3_cookie_check); SESSION3_E_NOMEM
 */
session3_status session3_cookie_set(const session3_cookie_policy *policy, const char *id,
                                    size_t id_length, int64_t lifetime_us, int64_t now_us,
                                    session3_buffer *header, session3_error *error);

/**
 * Writes the value of a Set-Cookie header that makes a browser forget the id: an empty cookie that
 * expired in 1970, with all attributes of the one that set it, or browsers would not take it for
 * the same.
 * @param policy  NULL for all defaults
 * @param header  as in session3_cookie_set
 * @param error   may be NULL
 * @return as session3_cookie_set
 */
session3_status session3_cookie_revoke(const session3_cookie_policy *policy,
                                       session3_buffer *header, session3_error *error);

#ifdef __cplusplus
}
#endif
#endif
