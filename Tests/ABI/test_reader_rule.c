/* SPDX-License-Identifier: MIT */
/* A reader takes no lock: what it makes of a file that others change while it reads. The program's
 * own pread stands between the library and libc, so that each moment is at hand. */
#include "Support/session_file.h"
#include "Support/sessions.h"
#include "Support/stores.h"

#include <sys/syscall.h>
#include <unistd.h>

/** Where slot B of a small file begins, and the size of each slot. */
#define SLOT_SIZE 1536
#define SLOT_B (SLOT_A + SLOT_SIZE)
#define READER_TEST(test) cmocka_unit_test_setup_teardown(test, open_undisturbed, close_fixture)

/** What happens to a reader. */
static struct {
  void (*between_slots)(struct fixture *); /**< what others do in the midst of the next reading */
  struct fixture *fixture;
  int torn; /**< how many readings see both slots in the midst of a write */
} others;

static int open_undisturbed(void **state) {
  memset(&others, 0, sizeof others);
  int result = open_directory_fixture(state);
  others.fixture = *state;
  return result;
}

ssize_t pread(int file, void *buffer, size_t count, off_t offset) {
  uint8_t *bytes = buffer;
  void (*between_slots)(struct fixture *) = others.between_slots;
  if (between_slots != NULL && offset == 0 && count > SLOT_B) {
    others.between_slots = NULL;
    ssize_t first = syscall(SYS_pread64, file, bytes, SLOT_B, 0);
    assert_int_equal(first, SLOT_B);
    between_slots(others.fixture);
    ssize_t rest = syscall(SYS_pread64, file, bytes + SLOT_B, count - SLOT_B, SLOT_B);
    return rest < 0 ? rest : first + rest;
  }
  ssize_t done = syscall(SYS_pread64, file, bytes, count, offset);
  if (others.torn > 0 && offset == 0 && done > SLOT_B) {
    others.torn--;
    bytes[SLOT_A + SLOT_HEAD] ^= 1;
    bytes[SLOT_B + SLOT_HEAD] ^= 1;
  }
  return done;
}

/** Two saves: the third state is in slot A, and that in slot B is half written. */
static void save_and_begin_another(struct fixture *fixture) {
  change_session(fixture->store, ALICE, "k", "third");
  change_session(fixture->store, ALICE, "k", "fourth");
  flip_byte(fixture->directory, ALICE, SLOT_B + SLOT_HEAD + 1, 1);
}

/** The second state was stored before the load began; the first, which is whole in slot A when it
 * is read, must not be taken for the newest beside a slot B that is in the midst of a save. */
static void an_old_state_beside_a_half_written_one_is_not_loaded(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "first");
  change_session(fixture->store, ALICE, "k", "second");
  others.between_slots = save_and_begin_another;
  assert_stored_text(fixture->store, ALICE, "k", "third");
}

static void save_twice(struct fixture *fixture) {
  change_session(fixture->store, ALICE, "k", "third");
  change_session(fixture->store, ALICE, "k", "fourth");
}

static void two_saves_in_the_midst_of_a_reading_yield_the_later(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "first");
  change_session(fixture->store, ALICE, "k", "second");
  others.between_slots = save_twice;
  assert_stored_text(fixture->store, ALICE, "k", "fourth");
}

static void what_three_readings_did_not_settle_is_read_under_the_lock(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "first");
  change_session(fixture->store, ALICE, "k", "second");
  for (int torn = 1; torn <= 3; torn++) {
    others.torn = torn;
    assert_stored_text(fixture->store, ALICE, "k", "second");
    assert_int_equal(others.torn, 0);
  }
}

static void what_is_torn_under_the_lock_too_is_damaged(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = NULL;
  create_session(fixture->store, ALICE, "k", "first");
  change_session(fixture->store, ALICE, "k", "second");
  others.torn = 4;
  assert_status(session3_store_load(fixture->store, TEXT(ALICE), &session, ERR),
                SESSION3_E_CORRUPT);
  assert_int_equal(others.torn, 0);
  assert_null(session);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      READER_TEST(an_old_state_beside_a_half_written_one_is_not_loaded),
      READER_TEST(two_saves_in_the_midst_of_a_reading_yield_the_later),
      READER_TEST(what_three_readings_did_not_settle_is_read_under_the_lock),
      READER_TEST(what_is_torn_under_the_lock_too_is_damaged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
