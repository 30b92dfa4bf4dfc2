/* SPDX-License-Identifier: MIT */
#include "stores.h"

#include <stdlib.h>

#include "dictionary_store.h"

static session3_status open_directory(struct fixture *fixture,
                                      const session3_memory_options *options,
                                      session3_store **out) {
  session3_directory_options all = SESSION3_DIRECTORY_OPTIONS_INIT;
  if (options != NULL) {
    all.policy = options->policy;
    all.maximum_payload = options->maximum_payload;
    all.access_resolution_us = options->access_resolution_us;
    all.clock = options->clock;
    all.clock_context = options->clock_context;
  }
  if (fixture->directory[0] == 0)
    make_directory(fixture->directory);
  return session3_store_open_directory(fixture->directory, strlen(fixture->directory), &all, out,
                                       ERR);
}

static session3_status open_memory(struct fixture *fixture, const session3_memory_options *options,
                                   session3_store **out) {
  (void)fixture;
  return session3_store_open_memory(options, out, ERR);
}

static session3_status open_custom(struct fixture *fixture, const session3_memory_options *options,
                                   session3_store **out) {
  fixture->opened++;
  return session3_store_open_custom(&dictionary_callbacks, dictionary_new(&fixture->destroyed),
                                    options, out, ERR);
}

#define STORE_KINDS 3
static const struct store_kind store_kinds[STORE_KINDS] = {
    {"directory", open_directory}, {"memory", open_memory}, {"custom", open_custom}};
/** The kind that open_fixture opens. */
static const struct store_kind *store_kind;

session3_store *open_another(struct fixture *fixture, const session3_memory_options *options) {
  session3_store *store = NULL;
  assert_ok(fixture->kind->open(fixture, options, &store));
  assert_non_null(store);
  return store;
}

void reopen(struct fixture *fixture, const session3_memory_options *options) {
  session3_store_free(fixture->store);
  fixture->store = NULL;
  fixture->store = open_another(fixture, options);
}

int open_fixture(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  if (fixture == NULL)
    return -1;
  *state = fixture;
  fixture->kind = store_kind;
  fixture->descriptors = count_descriptors();
  fixture->store = open_another(fixture, NULL);
  return 0;
}

int open_directory_fixture(void **state) {
  store_kind = &store_kinds[0];
  return open_fixture(state);
}

int close_fixture(void **state) {
  struct fixture *fixture = *state;
  session3_store_free(fixture->store);
  if (fixture->directory[0] != 0)
    remove_directory(fixture->directory);
  size_t descriptors = count_descriptors();
  bool good = descriptors == fixture->descriptors && fixture->destroyed == fixture->opened;
  if (!good) {
    print_error("%zu descriptors were open before, %zu are after; %d custom stores of %d were "
                "destroyed\n",
                fixture->descriptors, descriptors, fixture->destroyed, fixture->opened);
  }
  free(fixture);
  return good ? 0 : -1;
}

int run_each_kind(const struct CMUnitTest *tests, size_t count) {
  int failed = 0;
  for (store_kind = store_kinds; store_kind < store_kinds + STORE_KINDS; store_kind++) {
    failed += _cmocka_run_group_tests(store_kind->name, tests, count, NULL, NULL);
  }
  return failed;
}

int64_t read_hand_clock(void *clock) { return ((struct hand_clock *)clock)->now_us; }
