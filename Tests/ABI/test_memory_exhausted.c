/* SPDX-License-Identifier: MIT */
/* Payloads for which there is no memory: the program's own malloc refuses large blocks on
 * demand. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** Blocks of this size and more are refused while memory is short. */
#define LARGE (1 << 20)
/** A payload that needs such blocks. */
#define PAYLOAD_SIZE (3 << 20)

static bool is_short;
/** Blocks that grow to this size and more are refused while memory is short. */
static size_t largest_growth = LARGE;

void *__libc_malloc(size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) { return is_short && size >= LARGE ? NULL : __libc_malloc(size); }

void *realloc(void *block, size_t size) {
  return is_short && size >= largest_growth ? NULL : __libc_realloc(block, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
  if (is_short && size >= LARGE)
    return ENOMEM;
  *out = __libc_memalign(alignment, size);
  return *out != NULL ? 0 : ENOMEM;
}

static char payload[PAYLOAD_SIZE];

static void use_large_payloads(struct fixture *fixture) {
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  options.maximum_payload = 16 << 20;
  memset(payload, 'x', sizeof payload);
  reopen(fixture, &options);
}

static void a_session_without_memory_for_a_value_is_as_it_was(void **state) {
  struct fixture *fixture = *state;
  use_large_payloads(fixture);
  session3_session *session = new_session(ALICE);
  set_text(session, "k", "v");
  is_short = true;
  session3_status text =
      session3_session_set_text(session, TEXT("large"), payload, sizeof payload, NULL);
  session3_status binary =
      session3_session_set_binary(session, TEXT("large"), payload, sizeof payload, NULL);
  session3_status user = session3_session_set_user_text(session, payload, sizeof payload, NULL);
  session3_status address =
      session3_session_set_remote_address(session, payload, sizeof payload, NULL);
  is_short = false;
  assert_status(text, SESSION3_E_NOMEM);
  assert_status(binary, SESSION3_E_NOMEM);
  assert_status(user, SESSION3_E_NOMEM);
  assert_status(address, SESSION3_E_NOMEM);
  assert_text(session, "k", "v");
  assert_int_equal(session3_session_attribute_count(session), 1);
  session3_session_free(session);
}

static void a_load_without_memory_is_told_and_works_later(void **state) {
  struct fixture *fixture = *state;
  use_large_payloads(fixture);
  session3_session *session = new_session(ALICE), *loaded = (session3_session *)1;
  assert_ok(session3_session_set_binary(session, TEXT("large"), payload, sizeof payload, ERR));
  assert_ok(session3_store_create(fixture->store, session, ERR));
  is_short = true;
  session3_status status = session3_store_load(fixture->store, TEXT(ALICE), &loaded, ERR);
  is_short = false;
  /* A store in memory may hand out what it holds, shared. */
  if (fixture->directory[0] != 0)
    assert_int_equal(status, SESSION3_E_NOMEM);
  if (status != SESSION3_OK) {
    assert_status(status, SESSION3_E_NOMEM);
    assert_null(loaded);
  }
  session3_session_free(loaded);
  session3_session_free(session);
  assert_stored(fixture->store, ALICE);
}

static void a_save_without_memory_leaves_what_is_stored(void **state) {
  struct fixture *fixture = *state;
  use_large_payloads(fixture);
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  change_session(fixture->store, ALICE, "k", "theirs");
  assert_ok(session3_session_set_binary(session, TEXT("large"), payload, sizeof payload, ERR));
  is_short = true;
  session3_status status = session3_store_save(fixture->store, session, SESSION3_SAVE_MERGE, NULL);
  is_short = false;
  assert_status(status, SESSION3_E_NOMEM);
  assert_true(session3_session_is_changed(session));
  assert_stored_text(fixture->store, ALICE, "k", "theirs");
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_MERGE, ERR));
  assert_stored_text(fixture->store, ALICE, "k", "theirs");
  session3_session_free(session);
}

static void a_buffer_and_a_writer_without_memory_are_as_they_were(void **state) {
  (void)state;
  session3_buffer buffer = SESSION3_BUFFER_INIT;
  session3_writer *writer = NULL;
  session3_value value;
  memset(payload, 'x', sizeof payload);
  assert_ok(session3_buffer_assign(&buffer, TEXT("kept"), ERR));
  assert_ok(session3_writer_new(&writer, ERR));
  assert_ok(session3_writer_array(writer, 2, ERR));
  is_short = true;
  session3_status assigned = session3_buffer_assign(&buffer, payload, sizeof payload, NULL);
  session3_status text = session3_writer_text(writer, payload, sizeof payload, NULL);
  session3_status binary = session3_writer_binary(writer, payload, sizeof payload, NULL);
  is_short = false;
  assert_status(assigned, SESSION3_E_NOMEM);
  assert_status(text, SESSION3_E_NOMEM);
  assert_status(binary, SESSION3_E_NOMEM);
  assert_string_equal(buffer.data, "kept");
  assert_ok(session3_writer_int(writer, 1, ERR));
  assert_ok(session3_writer_int(writer, 2, ERR));
  assert_ok(session3_writer_finish(writer, &value, ERR));
  assert_int_equal(value.encoded_length, 3);
  session3_writer_free(writer);
  session3_buffer_dispose(&buffer);
}

static void a_payload_without_memory_leaves_the_session(void **state) {
  (void)state;
  static char encoded[PAYLOAD_SIZE + 16] = "\x81\xa4user\xc6\x00\x30\x00\x00";
  session3_session *session = new_session(ALICE);
  set_text(session, "k", "v");
  is_short = true;
  session3_status status = session3_session_set_payload(session, encoded, PAYLOAD_SIZE + 11, NULL);
  is_short = false;
  assert_status(status, SESSION3_E_NOMEM);
  assert_text(session, "k", "v");
  assert_ok(session3_session_set_payload(session, encoded, PAYLOAD_SIZE + 11, ERR));
  session3_session_free(session);
}

/* What it notes of old sessions can't grow, at each size that it may have. */
static void a_sweep_without_memory_deletes_all_the_same(void **state) {
  struct fixture *fixture = *state;
  char id[16];
  for (size_t size = 1; size < 10000; size = size * 3 / 2 + 1) {
    uint64_t deleted = 0, remaining = 0;
    for (int index = 0; index < 150; index++) {
      snprintf(id, sizeof id, "session-%d", index);
      create_session(fixture->store, id, "k", "v");
    }
    /* In the microsecond of its creation a session is not older than 0. */
    usleep(2);
    is_short = true;
    largest_growth = size;
    session3_status status = session3_store_sweep(fixture->store, 0, &deleted, &remaining, NULL);
    is_short = false;
    largest_growth = LARGE;
    assert_int_equal(status, SESSION3_OK);
    assert_int_equal(deleted, 150);
    assert_int_equal(remaining, 0);
  }
}

int main(void) {
  const struct CMUnitTest of_stores[] = {
      STORE_TEST(a_session_without_memory_for_a_value_is_as_it_was),
      STORE_TEST(a_load_without_memory_is_told_and_works_later),
      STORE_TEST(a_save_without_memory_leaves_what_is_stored),
      STORE_TEST(a_sweep_without_memory_deletes_all_the_same),
  };
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_buffer_and_a_writer_without_memory_are_as_they_were),
      cmocka_unit_test(a_payload_without_memory_leaves_the_session),
  };
  return run_over_stores(of_stores) + cmocka_run_group_tests(tests, NULL, NULL);
}
