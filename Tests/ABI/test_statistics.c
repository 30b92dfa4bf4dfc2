/* SPDX-License-Identifier: MIT */
/* What a store counts, over every kind of store. */
#include "Support/sessions.h"
#include "Support/stores.h"
#include "statistics_ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HOUR INT64_C(3600)

static session3_statistics counts_of(const session3_store *store) {
  session3_statistics counts = {.size = sizeof counts};
  assert_ok(session3_store_get_statistics(store, &counts, ERR));
  return counts;
}

static void a_new_store_has_counted_nothing(void **state) {
  const struct fixture *fixture = *state;
  const session3_statistics counts = counts_of(fixture->store);
  const session3_statistics nothing = {.size = sizeof nothing};
  assert_memory_equal(&counts, &nothing, sizeof counts);
}

static void what_sessions_go_through_is_counted(void **state) {
  const struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "key", "one");
  session3_session *late = load_session(fixture->store, ALICE);
  change_session(fixture->store, ALICE, "key", "two");
  set_text(late, "other", "three");
  assert_ok(session3_store_save(fixture->store, late, SESSION3_SAVE_DEFAULT, ERR));
  assert_ok(session3_store_save(fixture->store, late, SESSION3_SAVE_DEFAULT, ERR));
  assert_ok(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 1, NULL, ERR));
  assert_not_stored(fixture->store, BOB);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  set_text(late, "other", "four");
  assert_status(session3_store_save(fixture->store, late, SESSION3_SAVE_DEFAULT, ERR),
                SESSION3_E_GONE);
  session3_session_free(late);
  const session3_statistics counts = counts_of(fixture->store);
  assert_int_equal(counts.creates, 1);
  assert_int_equal(counts.saves, 2);
  assert_int_equal(counts.unchanged, 1);
  assert_int_equal(counts.updates, 1);
  assert_int_equal(counts.conflicts, 1);
  assert_int_equal(counts.merges, 1);
  assert_int_equal(counts.deletes, 1);
  assert_int_equal(counts.gone, 1);
  assert_int_equal(counts.loads, counts.hits + counts.misses);
  assert_true(counts.hits >= 2);
  assert_true(counts.bytes_read > 0 && counts.bytes_written > counts.bytes_read / 4);
  assert_int_equal(counts.failures + counts.busy + counts.corrupt, 0);
}

static void a_sweep_counts_what_it_deletes(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock = {HAND_CLOCK_START_US};
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  uint64_t deleted = 0;
  options.clock = read_hand_clock;
  options.clock_context = &clock;
  session3_store *store = open_another(fixture, &options);
  create_session(store, ALICE, NULL, NULL);
  create_session(store, BOB, NULL, NULL);
  clock.now_us += 10;
  assert_ok(session3_store_sweep(store, 5, &deleted, NULL, ERR));
  assert_int_equal(deleted, 2);
  assert_int_equal(counts_of(store).swept, 2);
  assert_int_equal(counts_of(store).deletes, 0);
  session3_store_free(store);
}

static void another_handle_counts_for_itself(void **state) {
  struct fixture *fixture = *state;
  session3_store *other = open_another(fixture, NULL);
  create_session(fixture->store, ALICE, NULL, NULL);
  assert_int_equal(counts_of(other).creates, 0);
  session3_store_free(other);
}

static void a_struct_of_an_earlier_version_is_refused_and_left_alone(void **state) {
  const struct fixture *fixture = *state;
  session3_statistics counts = {.size = sizeof counts - 8, .loads = 77};
  assert_invalid(session3_store_get_statistics(fixture->store, &counts, ERR));
  assert_int_equal(counts.loads, 77);
}

static void fields_of_a_later_version_are_left_alone(void **state) {
  const struct fixture *fixture = *state;
  struct {
    session3_statistics counts;
    uint64_t later;
  } larger = {.counts.size = sizeof larger, .later = 77};
  assert_ok(session3_store_get_statistics(fixture->store, &larger.counts, ERR));
  assert_int_equal(larger.counts.size, sizeof larger);
  assert_int_equal(larger.later, 77);
}

/* Every counter, each with a number that no other has: so none can stand in another's place. */

/** So often the next locks are held by somebody else. */
static int held_for;

int fcntl(int file, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  if (held_for > 0 && command == F_OFD_SETLK) {
    held_for--;
    errno = EAGAIN;
    return -1;
  }
  return (int)syscall(SYS_fcntl, file, command, argument);
}

static void save_what_changed_and_what_did_not(struct ledger *ledger) {
  session3_session *session = load(ledger, ALICE);
  for (int times = 0; times < 8; times++) {
    set_int(session, "ours", times);
    save(ledger, session);
  }
  for (int times = 0; times < 13; times++, ledger->due.unchanged++)
    assert_ok(session3_store_save(ledger->store, session, SESSION3_SAVE_DEFAULT, ERR));
  session3_session_free(session);
}

/** Loads a session, which somebody else then changes, and we as well. */
static session3_session *load_and_let_change(struct ledger *ledger, int number) {
  session3_session *session = load(ledger, ALICE);
  assert_ok(session3_store_increment(ledger->other, TEXT(ALICE), TEXT("theirs"), 1, NULL, ERR));
  set_int(session, "merged", number);
  ledger->due.conflicts++;
  return session;
}

static void meet_others(struct ledger *ledger) {
  for (int times = 0; times < 7; times++, ledger->due.merges++) {
    session3_session *session = load_and_let_change(ledger, times);
    save(ledger, session);
    session3_session_free(session);
  }
  for (int times = 7; times < 9; times++) {
    session3_session *session = load_and_let_change(ledger, times);
    assert_status(session3_store_save(ledger->store, session, SESSION3_SAVE_FAIL, ERR),
                  SESSION3_E_CONFLICT);
    session3_session_free(session);
  }
}

static void update(struct ledger *ledger) {
  char token[SESSION3_TOKEN_LENGTH + 1];
  session3_session *session = load(ledger, ALICE);
  assert_ok(session3_session_create_form_token(session, token, ERR));
  save(ledger, session);
  session3_session_free(session);
  assert_ok(session3_store_consume_form_token(ledger->store, TEXT(ALICE), token,
                                              SESSION3_TOKEN_LENGTH, ERR));
  ledger->due.updates++;
  ledger->due.bytes_written += size_of(ledger, ALICE);
  for (int times = 0; times < 12; times++) increment(ledger);
}

static void renew(struct ledger *ledger) {
  const char *id = NULL;
  create(ledger, CAROL);
  session3_session *session = load(ledger, CAROL);
  for (int times = 0; times < 10; times++, ledger->due.renewals++) {
    assert_ok(session3_store_renew(ledger->store, session, SESSION3_SAVE_DEFAULT, ERR));
    assert_ok(session3_session_id(session, &id, NULL, ERR));
    ledger->due.bytes_written += size_of(ledger, id);
  }
  session3_session_free(session);
}

static void delete_and_touch(struct ledger *ledger) {
  for (int times = 0; times < 17; times++, ledger->due.deletes++) {
    create(ledger, BOB);
    assert_ok(session3_store_delete(ledger->store, TEXT(BOB), ERR));
  }
  for (int times = 0; times < 12; times++, ledger->due.touches++)
    assert_ok(session3_store_touch(ledger->store, TEXT(ALICE), ERR));
  // A save that changes nothing is a sign of use, after a while.
  session3_session *session = load(ledger, ALICE);
  ledger->clock.now_us += 2000000;
  assert_ok(session3_store_save(ledger->store, session, SESSION3_SAVE_DEFAULT, ERR));
  ledger->due.unchanged++;
  ledger->due.touches++;
  session3_session_free(session);
}

static void look_for_what_is_there_or_not(struct ledger *ledger) {
  struct rlimit limit;
  for (int times = 0; times < 7; times++) session3_session_free(load(ledger, ALICE));
  for (int times = 0; times < 8; times++)
    load_in_vain(ledger, BOB, SESSION3_NOT_FOUND, &ledger->due.misses);
  write_file(ledger->fixture->directory, BOB, TEXT("a letter to Bob"));
  load_in_vain(ledger, BOB, SESSION3_E_CORRUPT, &ledger->due.corrupt);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const struct rlimit none = {0, limit.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  for (int times = 0; times < 2; times++)
    load_in_vain(ledger, ALICE, SESSION3_E_IO, &ledger->due.failures);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void ask_for_what_cannot_be(struct ledger *ledger) {
  char large[MAXIMUM_PAYLOAD + 1];
  memset(large, 'x', MAXIMUM_PAYLOAD);
  large[MAXIMUM_PAYLOAD] = 0;
  session3_session *session = new_session(BOB);
  set_text(session, "key", large);
  for (int times = 0; times < 4; times++, ledger->due.too_large++)
    assert_status(session3_store_create(ledger->store, session, ERR), SESSION3_E_TOO_LARGE);
  session3_session_free(session);
  for (int times = 0; times < 200; times++, ledger->due.gone++)
    assert_status(session3_store_touch(ledger->store, TEXT(SECRET "-nobody"), ERR),
                  SESSION3_E_GONE);
}

/** Notes as lock_wait_us what it can have been at most. */
static void wait_for_locks(struct ledger *ledger) {
  char path[PATH_SIZE];
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  path_in(path, ledger->fixture->directory, ALICE);
  int file = open(path, O_RDWR | O_CLOEXEC);
  int64_t start = monotonic_us();
  assert_int_equal(fcntl(file, F_OFD_SETLK, &whole), 0);
  for (int times = 0; times < 3; times++, ledger->due.busy++, ledger->due.lock_waits++)
    assert_status(session3_store_increment(ledger->store, TEXT(ALICE), TEXT("n"), 1, NULL, ERR),
                  SESSION3_E_BUSY);
  close(file);
  for (int times = 0; times < 2; times++, ledger->due.lock_waits++) {
    held_for = 2;
    increment(ledger);
    assert_int_equal(held_for, 0);
  }
  ledger->due.lock_wait_us = (uint64_t)(monotonic_us() - start);
}

static void sweep(struct ledger *ledger) {
  char name[64];
  for (int number = 0; number < 9; number++) {
    snprintf(name, sizeof name, SECRET "-old-%d", number);
    create(ledger, name);
  }
  for (int number = 0; number < 12; number++, ledger->due.leftovers++) {
    snprintf(name, sizeof name, ".grow-%016d", number);
    write_file(ledger->fixture->directory, name, "", 0);
    set_age(ledger->fixture->directory, name, HOUR + 60);
  }
  ledger->clock.now_us += 10;
  for (int times = 0; times < 6; times++, ledger->due.sweeps++)
    assert_ok(session3_store_sweep(ledger->store, 5, NULL, NULL, ERR));
  // With ALICE and CAROL.
  ledger->due.swept = 11;
}

static void each_counter_counts_what_it_is_named_for(void **state) {
  struct ledger ledger;
  open_ledger(&ledger, *state);
  create(&ledger, ALICE);
  save_what_changed_and_what_did_not(&ledger);
  meet_others(&ledger);
  update(&ledger);
  renew(&ledger);
  delete_and_touch(&ledger);
  look_for_what_is_there_or_not(&ledger);
  ask_for_what_cannot_be(&ledger);
  wait_for_locks(&ledger);
  sweep(&ledger);
  const session3_statistics counts = counts_of(ledger.store);
  assert_due(&ledger, &counts);
  assert_all_differ(&counts);
  session3_store_free(ledger.other);
  session3_store_free(ledger.store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_new_store_has_counted_nothing),
      STORE_TEST(what_sessions_go_through_is_counted),
      STORE_TEST(a_sweep_counts_what_it_deletes),
      STORE_TEST(another_handle_counts_for_itself),
      STORE_TEST(a_struct_of_an_earlier_version_is_refused_and_left_alone),
      STORE_TEST(fields_of_a_later_version_are_left_alone),
  };
  const struct CMUnitTest every_counter[] = {
      FILE_TEST(each_counter_counts_what_it_is_named_for),
  };
  return run_over_stores(tests) + cmocka_run_group_tests(every_counter, NULL, NULL);
}
