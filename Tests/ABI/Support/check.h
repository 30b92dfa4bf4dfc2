/* SPDX-License-Identifier: MIT */
/**
 * @file check.h
 * Assertions on statuses. A call that is handed ERR is also held to the error's contract: untouched
 * unless the status is negative, else filled, and never telling an id.
 */
#ifndef CHECK_H
#define CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "session3.h"

/** A literal as the two arguments that the ABI takes for text. */
#define TEXT(literal) (literal), (sizeof(literal) - 1)

/** Every id of these tests holds this word: a message that has it gave an id away. */
#define SECRET "SECRET"
#define ALICE "SECRET-alice_1"
#define BOB "SECRET-bob_2"
#define CAROL "SECRET-carol_3"

/** An error whose fields hold what no function would write; check_status looks at it. */
session3_error *watched_error(void);
#define ERR watched_error()

/** The error that the last ERR handed out. */
const session3_error *last_error(void);

/** Fails the test unless actual is expected, and the watched error is as the contract says. */
void check_status(session3_status actual, session3_status expected, const char *call,
                  const char *file, int line);

#define assert_status(call, expected) check_status((call), (expected), #call, __FILE__, __LINE__)
#define assert_ok(call) assert_status(call, SESSION3_OK)
#define assert_invalid(call) assert_status(call, SESSION3_E_INVALID)
#define assert_not_found(call) assert_status(call, SESSION3_NOT_FOUND)

/** Fails the test unless the last error's message contains the part. */
void assert_message_names(const char *part);

#endif
