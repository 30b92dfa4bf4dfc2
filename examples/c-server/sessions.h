/* SPDX-License-Identifier: MIT */
/**
 * @file sessions.h
 * All that a web server needs to have sessions: a store, a manager, and one function around each
 * page.
 */
#ifndef SESSIONS_H
#define SESSIONS_H

#include <session3_easy_manager.h>

#include "request.h"
#include "response.h"

/** The sessions of a server, shared by its threads. */
struct sessions {
  session3_store *store;
  session3_manager *manager;
};

/** What a page has at hand. */
struct visit {
  const struct sessions *sessions;
  const struct request *request;
  session3_request *cycle;   /**< logs out, renews the id */
  session3_session *session; /**< who the visitor is, and what is remembered; the cycle's */
};

/** A page: reads and changes the session, and says what is to be answered. */
typedef void page_function(struct visit *visit, struct response *response);

/**
 * Opens a directory as the store of the sessions; it is made if it is missing.
 * @param is_secure  whether browsers send the cookie over HTTPS only
 */
session3_status sessions_open(struct sessions *sessions, const char *directory, bool is_secure,
                              session3_error *error);

/** Releases the manager and the store, also after a failed sessions_open. */
void sessions_close(struct sessions *sessions);

/**
 * Answers a request by a page: finds the visitor's session, lets the page work on it, and keeps
 * what it did. A response of 400 or more keeps nothing.
 * @par Thread safety  Any thread.
 */
void sessions_visit(const struct sessions *sessions, const struct request *request,
                    page_function *page, struct response *response);

#endif
