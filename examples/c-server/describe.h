/* SPDX-License-Identifier: MIT */
/**
 * @file describe.h
 * A session in a page's document, as far as the home page and the list of sessions agree.
 */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "sessions.h"

/** The name of a value's type, as the pages show it. */
const char *describe_type(session3_type type);

/** Room for the description of a user that is no text. */
#define DESCRIBE_USER_MAXIMUM 16

/**
 * Who is logged in. A user that is no text, as other hosts may store, is its type: "<map>".
 * @param room    for a text that the session does not hold
 * @param text    borrowed from the session, or room; any bytes
 * @param length  in bytes
 * @return false if nobody is logged in
 */
bool describe_user(const session3_session *session, char room[DESCRIBE_USER_MAXIMUM],
                   const char **text, size_t *length);

/** Adds to an element what names a session without telling its id: the short hash, the times, the
 * remote address. One that has no id yet has the last alone. */
session3_status describe_session(struct page *page, xmlNode *element, const session3_store *store,
                                 const session3_session *session, session3_error *error);

#endif
