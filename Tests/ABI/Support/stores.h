/* SPDX-License-Identifier: MIT */
/**
 * @file stores.h
 * Runs a test over every kind of store: a directory, memory, and a custom one.
 */
#ifndef STORES_H
#define STORES_H

#include "check.h"
#include "files.h"

struct fixture;

struct store_kind {
  const char *name;
  session3_status (*open)(struct fixture *fixture, const session3_memory_options *options,
                          session3_store **out);
};

/** What a test over stores is handed as its state. */
struct fixture {
  const struct store_kind *kind;
  session3_store *store;          /**< empty, with default options */
  char directory[DIRECTORY_SIZE]; /**< of the directory store; empty with the others */
  int opened;                     /**< how many custom stores were opened */
  int destroyed;                  /**< how many of them were destroyed */
  size_t descriptors;             /**< open before the test */
};

/** Set-up and tear-down of a test over stores. The latter also fails if a descriptor was left open,
 * or a custom store was not destroyed exactly once. */
int open_fixture(void **state);
/** As open_fixture, for tests of the directory store alone. */
int open_directory_fixture(void **state);
int close_fixture(void **state);

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, open_directory_fixture, close_fixture)

/** Runs STORE_TESTs over each kind of store; the count of the failed ones. */
int run_each_kind(const struct CMUnitTest *tests, size_t count);
#define run_over_stores(tests) run_each_kind(tests, sizeof(tests) / sizeof(tests)[0])

/** Another handle, with options: on the same directory, or on an empty store of the same kind. */
session3_store *open_another(struct fixture *fixture, const session3_memory_options *options);
/** Replaces fixture->store by such a handle. */
void reopen(struct fixture *fixture, const session3_memory_options *options);

/** A clock that stands still until it is moved. */
struct hand_clock {
  int64_t now_us;
};
int64_t read_hand_clock(void *clock);
#define HAND_CLOCK_START_US INT64_C(1700000000000000)

#endif
