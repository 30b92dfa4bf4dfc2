/* SPDX-License-Identifier: MIT */
/**
 * @file requests.h
 * Requests in one line each, and a browser that keeps the cookie.
 */
#ifndef REQUESTS_H
#define REQUESTS_H

#include "sessions.h"

/** Room for an id and a NUL. */
#define ID_SIZE (SESSION3_ID_MAXIMUM + 1)

/** What a browser holds: the id in its cookie, or nothing. */
struct browser {
  char id[ID_SIZE];
};

/** A manager; NULL for the default policy. */
session3_manager *new_manager(session3_store *store, const session3_manager_policy *policy);

/** Starts a request with a Cookie header, or without one for NULL; from 192.0.2.1. */
session3_request *start_with(session3_manager *manager, const char *cookies);
/** Starts a request with the browser's cookie. */
session3_request *start(session3_manager *manager, const struct browser *browser);
/** The request's session. */
session3_session *session_of(session3_request *request);
/** The Set-Cookie header's value, or NULL. */
const char *set_cookie_of(session3_request *request);
/** Lets the browser do what the response's Set-Cookie says. */
void receive(struct browser *browser, session3_request *request);
/** Finishes a request well, lets the browser have its cookie, and frees it; what became of it. */
session3_outcome finish(struct browser *browser, session3_request *request);
/** Fails a request, which must set no cookie, and frees it. */
void finish_failed(session3_request *request);

/** Whole requests. */
session3_outcome visit(session3_manager *manager, struct browser *browser);
session3_outcome set_in_request(session3_manager *manager, struct browser *browser, const char *key,
                                const char *text);
session3_outcome log_in(session3_manager *manager, struct browser *browser, const char *user);
session3_outcome log_out(session3_manager *manager, struct browser *browser);

void set_user(session3_session *session, const char *user);
/** Fails the test unless that is the user; NULL: unless nobody is. */
void assert_user(const session3_session *session, const char *user);
/** Fails the test unless the browser's session has that user,. */
void assert_logged_in(session3_manager *manager, const struct browser *browser, const char *user);
/** Fails the test unless the request has a new, empty session without an id. */
void assert_stranger(session3_request *request);
/** Fails the test unless the request's response makes the browser forget its cookie. */
void assert_revoked(session3_request *request);

#endif
