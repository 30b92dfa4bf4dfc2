/* SPDX-License-Identifier: MIT */
/**
 * @file statistics_ledger.h
 * What is done to a directory store, and what each of its counters must be afterwards.
 */
#ifndef STATISTICS_LEDGER_H
#define STATISTICS_LEDGER_H

#include "Support/sessions.h"
#include "Support/stores.h"

#include <time.h>

#define LOCK_TIMEOUT_US 10000
#define MAXIMUM_PAYLOAD 1000
/** Bytes of a record beside its payload. */
#define RECORD_HEAD 32
/** What a counter is in the ledger: all but the size. */
#define COUNTERS (sizeof(session3_statistics) / sizeof(uint64_t) - 1)

/** A store, and what its counters must be after all that was done to it. */
struct ledger {
  struct fixture *fixture;
  session3_store *store;
  session3_store *other; /**< another handle, which counts for itself */
  session3_statistics due;
  struct hand_clock clock;
  uint64_t messages; /**< that the log was told */
};

static int64_t monotonic_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void count_message(void *context, session3_log_level level, session3_status status,
                          const char *message, size_t length) {
  (void)level, (void)status, (void)message, (void)length;
  ((struct ledger *)context)->messages++;
}

static void open_ledger(struct ledger *ledger, struct fixture *fixture) {
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  session3_memory_options others = SESSION3_MEMORY_OPTIONS_INIT;
  *ledger = (struct ledger){.fixture = fixture, .clock = {HAND_CLOCK_START_US}};
  options.clock = others.clock = read_hand_clock;
  options.clock_context = others.clock_context = &ledger->clock;
  options.lock_timeout_us = LOCK_TIMEOUT_US;
  options.maximum_payload = MAXIMUM_PAYLOAD;
  options.log = count_message;
  options.log_context = ledger;
  options.log_level = SESSION3_LOG_DEBUG;
  ledger->due.size = sizeof ledger->due;
  assert_ok(session3_store_open_directory(fixture->directory, strlen(fixture->directory), &options,
                                          &ledger->store, ERR));
  ledger->other = open_another(fixture, &others);
}

/** Bytes of a session as it is stored now. */
static uint64_t size_of(const struct ledger *ledger, const char *id) {
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  uint8_t payload[MAXIMUM_PAYLOAD];
  size_t length = 0;
  assert_ok(session3_store_load_encoded(ledger->other, id, strlen(id), &snapshot, payload,
                                        sizeof payload, &length, ERR));
  return RECORD_HEAD + length;
}

static void create(struct ledger *ledger, const char *id) {
  create_session(ledger->store, id, "key", "text");
  ledger->due.creates++;
  ledger->due.bytes_written += size_of(ledger, id);
}

static session3_session *load(struct ledger *ledger, const char *id) {
  ledger->due.loads++;
  ledger->due.hits++;
  ledger->due.bytes_read += size_of(ledger, id);
  return load_session(ledger->store, id);
}

static void load_in_vain(struct ledger *ledger, const char *id, session3_status expected,
                         uint64_t *counter) {
  session3_session *session = NULL;
  assert_status(session3_store_load(ledger->store, id, strlen(id), &session, ERR), expected);
  ledger->due.loads++;
  ++*counter;
}

/** Saves ALICE's session. */
static void save(struct ledger *ledger, session3_session *session) {
  assert_ok(session3_store_save(ledger->store, session, SESSION3_SAVE_DEFAULT, ERR));
  ledger->due.saves++;
  ledger->due.bytes_written += size_of(ledger, ALICE);
}

/** Adds to an attribute of hers. */
static void increment(struct ledger *ledger) {
  assert_ok(session3_store_increment(ledger->store, TEXT(ALICE), TEXT("n"), 1, NULL, ERR));
  ledger->due.updates++;
  ledger->due.bytes_written += size_of(ledger, ALICE);
}

/** Compares all counters but the times, of which bounds are known. */
static void assert_due(const struct ledger *ledger, const session3_statistics *counts) {
  const session3_statistics *due = &ledger->due;
  const uint64_t messages = due->gone + due->corrupt + due->busy + due->too_large + due->failures +
                            due->sweeps + (due->conflicts - due->merges);
  assert_int_equal(counts->size, due->size);
  assert_int_equal(counts->loads, due->hits + due->misses + due->corrupt + due->failures);
#define ASSERT_DUE(counter) assert_int_equal(counts->counter, due->counter)
  ASSERT_DUE(loads);
  ASSERT_DUE(hits);
  ASSERT_DUE(misses);
  ASSERT_DUE(creates);
  ASSERT_DUE(saves);
  ASSERT_DUE(unchanged);
  ASSERT_DUE(updates);
  ASSERT_DUE(renewals);
  ASSERT_DUE(deletes);
  ASSERT_DUE(touches);
  ASSERT_DUE(sweeps);
  ASSERT_DUE(swept);
  ASSERT_DUE(leftovers);
  ASSERT_DUE(conflicts);
  ASSERT_DUE(merges);
  ASSERT_DUE(gone);
  ASSERT_DUE(corrupt);
  ASSERT_DUE(busy);
  ASSERT_DUE(too_large);
  ASSERT_DUE(failures);
  ASSERT_DUE(lock_waits);
  ASSERT_DUE(bytes_read);
  ASSERT_DUE(bytes_written);
  // A call that is kept from running begins to wait late, but not each of them.
  assert_in_range(counts->lock_wait_us, LOCK_TIMEOUT_US, due->lock_wait_us);
  assert_in_range(counts->longest_lock_wait_us, counts->lock_wait_us / due->lock_waits,
                  counts->lock_wait_us);
  assert_int_equal(counts->messages_left_out, messages - ledger->messages);
}

/** Else what is compared could be told in another's place. */
static void assert_all_differ(const session3_statistics *counts) {
  uint64_t numbers[COUNTERS];
  memcpy(numbers, &counts->loads, sizeof numbers);
  for (size_t one = 0; one < COUNTERS; one++) {
    assert_int_not_equal(numbers[one], 0);
    for (size_t other = 0; other < one; other++) assert_int_not_equal(numbers[one], numbers[other]);
  }
}

#endif
