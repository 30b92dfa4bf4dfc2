/* SPDX-License-Identifier: MIT */
/* Sessions loaded and saved as bytes, over every kind of store. */
#include "Support/sessions.h"
#include "Support/stores.h"

/** `{"attributes": {"k": n}}`, canonical for a small n. */
#define PAYLOAD(n) \
  "\x81\xaa" \
  "attributes\x81\xa1k" n

struct loaded {
  session3_snapshot snapshot;
  uint8_t payload[512];
  size_t length;
};

static struct loaded load(session3_store *store, const char *id) {
  struct loaded loaded = {.snapshot = SESSION3_SNAPSHOT_INIT};
  assert_ok(session3_store_load_encoded(store, id, strlen(id), &loaded.snapshot, loaded.payload,
                                        sizeof loaded.payload, &loaded.length, ERR));
  return loaded;
}

static void create(session3_store *store, const char *id, const char *payload, size_t length) {
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  assert_ok(session3_store_create_encoded(store, id, strlen(id), &snapshot, payload, length,
                                          &stored, ERR));
  session3_buffer_dispose(&stored);
}

static void assert_loads(session3_store *store, const char *payload, size_t length) {
  struct loaded loaded = load(store, ALICE);
  assert_int_equal(loaded.length, length);
  assert_memory_equal(loaded.payload, payload, length);
}

static void a_created_payload_is_loaded(void **state) {
  struct fixture *fixture = *state;
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  assert_ok(session3_store_create_encoded(fixture->store, TEXT(ALICE), &snapshot,
                                          TEXT(PAYLOAD("\x01")), &stored, ERR));
  assert_int_equal(stored.length, 0);
  assert_int_equal(snapshot.version.revision, 1);
  assert_int_equal(snapshot.version.reserved, 0);
  assert_true(snapshot.created_us > 0);
  struct loaded loaded = load(fixture->store, ALICE);
  assert_memory_equal(&loaded.snapshot.version, &snapshot.version, sizeof snapshot.version);
  assert_int_equal(loaded.snapshot.created_us, snapshot.created_us);
  assert_loads(fixture->store, TEXT(PAYLOAD("\x01")));
  session3_session *session = load_session(fixture->store, ALICE);
  assert_int(session, "k", 1);
  session3_session_free(session);
  session3_buffer_dispose(&stored);
}

static void creating_what_exists_is_refused_and_the_snapshot_stays(void **state) {
  struct fixture *fixture = *state;
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  const session3_snapshot before = SESSION3_SNAPSHOT_INIT;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  create(fixture->store, ALICE, TEXT(PAYLOAD("\x01")));
  assert_status(session3_store_create_encoded(fixture->store, TEXT(ALICE), &snapshot,
                                              TEXT(PAYLOAD("\x02")), &stored, ERR),
                SESSION3_E_EXISTS);
  assert_memory_equal(&snapshot, &before, sizeof snapshot);
  assert_loads(fixture->store, TEXT(PAYLOAD("\x01")));
}

static void creating_with_a_snapshot_of_a_known_session_is_refused(void **state) {
  struct fixture *fixture = *state;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  create(fixture->store, ALICE, TEXT(PAYLOAD("\x01")));
  session3_snapshot snapshot = load(fixture->store, ALICE).snapshot;
  assert_invalid(session3_store_create_encoded(fixture->store, TEXT(BOB), &snapshot,
                                               TEXT(PAYLOAD("\x01")), &stored, ERR));
  assert_not_stored(fixture->store, BOB);
}

static void a_buffer_too_small_is_told_the_length(void **state) {
  struct fixture *fixture = *state;
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  uint8_t payload[64];
  size_t length = 0, full = strlen(PAYLOAD("\x01"));
  memset(payload, 0x5a, sizeof payload);
  create(fixture->store, ALICE, TEXT(PAYLOAD("\x01")));
  for (size_t capacity = 0; capacity < full; capacity++) {
    length = 0;
    assert_status(session3_store_load_encoded(fixture->store, TEXT(ALICE), &snapshot, payload,
                                              capacity, &length, ERR),
                  SESSION3_E_TOO_SMALL);
    assert_int_equal(length, full);
    assert_int_equal(payload[capacity], 0x5a);
  }
  assert_ok(session3_store_load_encoded(fixture->store, TEXT(ALICE), &snapshot, payload, full,
                                        &length, ERR));
  assert_int_equal(length, full);
  assert_int_equal(payload[full], 0x5a);
}

static void a_missing_session_writes_no_outs(void **state) {
  struct fixture *fixture = *state;
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  snapshot.created_us = 77;
  uint8_t payload[8] = {77};
  size_t length = 77;
  assert_not_found(session3_store_load_encoded(fixture->store, TEXT(ALICE), &snapshot, payload,
                                               sizeof payload, &length, ERR));
  assert_int_equal(snapshot.created_us, 77);
  assert_int_equal(payload[0], 77);
  assert_int_equal(length, 77);
}

static void a_saved_payload_moves_the_snapshot_on(void **state) {
  struct fixture *fixture = *state;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  create(fixture->store, ALICE, TEXT(PAYLOAD("\x01")));
  struct loaded loaded = load(fixture->store, ALICE);
  session3_snapshot snapshot = loaded.snapshot;
  assert_ok(session3_store_save_encoded(fixture->store, TEXT(ALICE), &snapshot, loaded.payload,
                                        loaded.length, TEXT(PAYLOAD("\x02")), SESSION3_SAVE_FAIL,
                                        &stored, ERR));
  assert_int_equal(stored.length, 0);
  assert_int_equal(snapshot.version.revision, loaded.snapshot.version.revision + 1);
  assert_true(snapshot.version.incarnation == loaded.snapshot.version.incarnation);
  assert_int_equal(snapshot.created_us, loaded.snapshot.created_us);
  assert_loads(fixture->store, TEXT(PAYLOAD("\x02")));
  assert_ok(session3_store_save_encoded(fixture->store, TEXT(ALICE), &snapshot,
                                        TEXT(PAYLOAD("\x02")), TEXT(PAYLOAD("\x03")),
                                        SESSION3_SAVE_FAIL, &stored, ERR));
  assert_loads(fixture->store, TEXT(PAYLOAD("\x03")));
  session3_buffer_dispose(&stored);
}

static void a_payload_in_another_form_is_stored_canonically_and_handed_back(void **state) {
  struct fixture *fixture = *state;
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  assert_ok(session3_store_create_encoded(fixture->store, TEXT(ALICE), &snapshot,
                                          TEXT(PAYLOAD("\xcd\x00\x01")), &stored, ERR));
  assert_int_equal(stored.length, strlen(PAYLOAD("\x01")));
  assert_memory_equal(stored.data, PAYLOAD("\x01"), stored.length);
  assert_loads(fixture->store, TEXT(PAYLOAD("\x01")));
  assert_ok(session3_store_save_encoded(fixture->store, TEXT(ALICE), &snapshot, stored.data,
                                        stored.length, TEXT(PAYLOAD("\x02")), SESSION3_SAVE_FAIL,
                                        &stored, ERR));
  assert_int_equal(stored.length, 0);
  session3_buffer_dispose(&stored);
}

static void unchanged_bytes_in_another_form_are_not_written(void **state) {
  struct fixture *fixture = *state;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  create(fixture->store, ALICE, TEXT(PAYLOAD("\x01")));
  struct loaded loaded = load(fixture->store, ALICE);
  session3_snapshot snapshot = loaded.snapshot;
  assert_ok(session3_store_save_encoded(fixture->store, TEXT(ALICE), &snapshot, loaded.payload,
                                        loaded.length, TEXT(PAYLOAD("\xcc\x01")),
                                        SESSION3_SAVE_FAIL, &stored, ERR));
  assert_memory_equal(&snapshot.version, &loaded.snapshot.version, sizeof snapshot.version);
  session3_buffer_dispose(&stored);
}

static void a_merge_is_handed_back(void **state) {
  struct fixture *fixture = *state;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  create(fixture->store, ALICE, TEXT(PAYLOAD("\x01")));
  struct loaded loaded = load(fixture->store, ALICE);
  change_session(fixture->store, ALICE, "theirs", "x");
  assert_ok(session3_store_save_encoded(fixture->store, TEXT(ALICE), &loaded.snapshot,
                                        loaded.payload, loaded.length, TEXT(PAYLOAD("\x02")),
                                        SESSION3_SAVE_DEFAULT, &stored, ERR));
  const char merged[] = "\x81\xaa"
                        "attributes\x82\xa1k\x02\xa6theirs\xa1x";
  assert_int_equal(stored.length, sizeof merged - 1);
  assert_memory_equal(stored.data, merged, stored.length);
  assert_loads(fixture->store, merged, sizeof merged - 1);
  session3_buffer_dispose(&stored);
}

static void a_conflict_and_a_loss_leave_snapshot_and_buffer(void **state) {
  struct fixture *fixture = *state;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  assert_ok(session3_buffer_assign(&stored, TEXT("kept"), ERR));
  create(fixture->store, ALICE, TEXT(PAYLOAD("\x01")));
  struct loaded loaded = load(fixture->store, ALICE);
  session3_snapshot snapshot = loaded.snapshot;
  change_session(fixture->store, ALICE, "theirs", "x");
  assert_status(session3_store_save_encoded(fixture->store, TEXT(ALICE), &snapshot, loaded.payload,
                                            loaded.length, TEXT(PAYLOAD("\x02")),
                                            SESSION3_SAVE_FAIL, &stored, ERR),
                SESSION3_E_CONFLICT);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  assert_status(session3_store_save_encoded(fixture->store, TEXT(ALICE), &snapshot, loaded.payload,
                                            loaded.length, TEXT(PAYLOAD("\x02")),
                                            SESSION3_SAVE_MERGE, &stored, ERR),
                SESSION3_E_GONE);
  assert_memory_equal(&snapshot, &loaded.snapshot, sizeof snapshot);
  assert_string_equal(stored.data, "kept");
  assert_not_stored(fixture->store, ALICE);
  session3_buffer_dispose(&stored);
}

static void a_new_snapshot_replaces_what_is_stored(void **state) {
  struct fixture *fixture = *state;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  create(fixture->store, ALICE, TEXT(PAYLOAD("\x01")));
  struct loaded old = load(fixture->store, ALICE);
  snapshot.created_us = HAND_CLOCK_START_US;
  assert_ok(session3_store_save_encoded(fixture->store, TEXT(ALICE), &snapshot, NULL, 0,
                                        TEXT(PAYLOAD("\x02")), SESSION3_SAVE_FAIL, &stored, ERR));
  assert_int_equal(snapshot.created_us, HAND_CLOCK_START_US);
  assert_true(snapshot.version.revision > old.snapshot.version.revision);
  assert_true(snapshot.version.incarnation != old.snapshot.version.incarnation);
  assert_loads(fixture->store, TEXT(PAYLOAD("\x02")));
  assert_int_equal(load(fixture->store, ALICE).snapshot.created_us, HAND_CLOCK_START_US);
  session3_buffer_dispose(&stored);
}

static void a_payload_that_cannot_be_stored_names_the_attribute(void **state) {
  struct fixture *fixture = *state;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  const char bad[] = "\x81\xaa"
                     "attributes\x81\xa6"
                     "basket\xd4\x05\x00";
  assert_status(session3_store_create_encoded(fixture->store, TEXT(ALICE), &snapshot, TEXT(bad),
                                              &stored, ERR),
                SESSION3_E_VALUE);
  assert_message_names("basket");
  assert_not_stored(fixture->store, ALICE);
  create(fixture->store, ALICE, TEXT(PAYLOAD("\x01")));
  struct loaded loaded = load(fixture->store, ALICE);
  assert_status(session3_store_save_encoded(fixture->store, TEXT(ALICE), &loaded.snapshot,
                                            loaded.payload, loaded.length, TEXT(bad),
                                            SESSION3_SAVE_DEFAULT, &stored, ERR),
                SESSION3_E_VALUE);
  assert_message_names("basket");
  assert_loads(fixture->store, TEXT(PAYLOAD("\x01")));
}

static void a_snapshot_or_a_buffer_without_a_size_is_refused(void **state) {
  struct fixture *fixture = *state;
  session3_buffer stored = SESSION3_BUFFER_INIT, no_buffer = {0, NULL, 0};
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT, no_snapshot = SESSION3_SNAPSHOT_INIT;
  uint8_t payload[64];
  size_t length = 0;
  no_snapshot.size = 0;
  assert_invalid(session3_store_create_encoded(fixture->store, TEXT(ALICE), &no_snapshot,
                                               TEXT(PAYLOAD("\x01")), &stored, ERR));
  assert_invalid(session3_store_create_encoded(fixture->store, TEXT(ALICE), &snapshot,
                                               TEXT(PAYLOAD("\x01")), &no_buffer, ERR));
  assert_not_stored(fixture->store, ALICE);
  create(fixture->store, ALICE, TEXT(PAYLOAD("\x01")));
  assert_invalid(session3_store_load_encoded(fixture->store, TEXT(ALICE), &no_snapshot, payload,
                                             sizeof payload, &length, ERR));
  assert_invalid(session3_store_save_encoded(fixture->store, TEXT(ALICE), &no_snapshot, NULL, 0,
                                             TEXT(PAYLOAD("\x02")), SESSION3_SAVE_DEFAULT, &stored,
                                             ERR));
  assert_invalid(session3_store_save_encoded(fixture->store, TEXT(ALICE), &snapshot, NULL, 0,
                                             TEXT(PAYLOAD("\x02")), 99, &stored, ERR));
  assert_loads(fixture->store, TEXT(PAYLOAD("\x01")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_created_payload_is_loaded),
      STORE_TEST(creating_what_exists_is_refused_and_the_snapshot_stays),
      STORE_TEST(creating_with_a_snapshot_of_a_known_session_is_refused),
      STORE_TEST(a_buffer_too_small_is_told_the_length),
      STORE_TEST(a_missing_session_writes_no_outs),
      STORE_TEST(a_saved_payload_moves_the_snapshot_on),
      STORE_TEST(a_payload_in_another_form_is_stored_canonically_and_handed_back),
      STORE_TEST(unchanged_bytes_in_another_form_are_not_written),
      STORE_TEST(a_merge_is_handed_back),
      STORE_TEST(a_conflict_and_a_loss_leave_snapshot_and_buffer),
      STORE_TEST(a_new_snapshot_replaces_what_is_stored),
      STORE_TEST(a_payload_that_cannot_be_stored_names_the_attribute),
      STORE_TEST(a_snapshot_or_a_buffer_without_a_size_is_refused),
  };
  return run_over_stores(tests);
}
