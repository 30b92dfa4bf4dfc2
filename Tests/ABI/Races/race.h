/* SPDX-License-Identifier: MIT */
/**
 * @file race.h
 * What the race programs share. Each exits with 0 if the rule that it tests held all the while,
 * else with 1 and a line that says what happened.
 */
#ifndef RACE_H
#define RACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "session3.h"

/** Ends this process with 1 and a line of text; others that meet end, too. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Ends this process unless the status is expected; names the call and the error. */
void require_status(session3_status status, session3_status expected, const char *what,
                    const session3_error *error);

/** Zeroed memory that children share. */
void *shared_memory(size_t size);

/** Opens a new directory as a store; the directory is removed when this process exits. */
session3_store *open_new_store(const session3_directory_options *options);

/** Creates a session of that id with the integer "n" 0. */
void create(session3_store *store, const char *id);

/** Where so many parties wait for each other, spinning, so that they go on at the same moment. */
struct meeting {
  _Atomic unsigned arrived;
  unsigned parties;
};
void meet(struct meeting *meeting);

/** fork(2), of a child that ends with its parent: a test that is killed leaves nothing behind. */
int fork_child(void);

/** Waits for a child; fails unless it exited with 0. */
void require_success(int child);

#endif
