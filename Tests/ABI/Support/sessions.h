/* SPDX-License-Identifier: MIT */
/**
 * @file sessions.h
 * Sessions in one line each, for tests whose subject is something else.
 */
#ifndef SESSIONS_H
#define SESSIONS_H

#include "check.h"

/** A new session with this id, or without one for NULL. */
session3_session *new_session(const char *id);
/** Creates and frees a session that holds one text, and nothing else where key is NULL. */
void create_session(session3_store *store, const char *id, const char *key, const char *text);
/** A session that exists. */
session3_session *load_session(session3_store *store, const char *id);
/** Loads, sets one attribute, saves, frees: what somebody else does meanwhile. */
void change_session(session3_store *store, const char *id, const char *key, const char *text);

void set_text(session3_session *session, const char *key, const char *text);
void set_int(session3_session *session, const char *key, int64_t value);

/** Fails the test unless the attribute is that text; NULL: unless there is no such attribute. */
void assert_text(const session3_session *session, const char *key, const char *text);
void assert_int(const session3_session *session, const char *key, int64_t value);
/** As assert_text, for a session that is loaded for it. */
void assert_stored_text(session3_store *store, const char *id, const char *key, const char *text);
/** Fails the test unless there is a session of that id; or unless there is none. */
void assert_stored(session3_store *store, const char *id);
void assert_not_stored(session3_store *store, const char *id);
/** What load_encoded tells of a session. */
session3_snapshot snapshot_of(session3_store *store, const char *id);

/** A test whose state is a new session without an id. */
#define SESSION_TEST(test) cmocka_unit_test_setup_teardown(test, open_session, close_session)
int open_session(void **state);
int close_session(void **state);

/** A view of bytes that are a value. */
session3_value parse_value(const void *data, size_t length);
#define PARSE(literal) parse_value(literal, sizeof(literal) - 1)

#endif
