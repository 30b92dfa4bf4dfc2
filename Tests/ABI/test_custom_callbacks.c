/* SPDX-License-Identifier: MIT */
/* What the callbacks of a custom store are asked, and what becomes of what they answer. */
#include "Support/dictionary_store.h"
#include "Support/scripted_store.h"
#include "Support/sessions.h"

/** A scripted store that holds one session, ALICE. */
struct setting {
  struct scripted scripted;
  session3_store *store;
};

static int open_setting(void **state) {
  static struct setting setting;
  *state = &setting;
  setting.store = NULL;
  scripted_init(&setting.scripted);
  assert_ok(session3_store_open_custom(&scripted_callbacks, &setting.scripted, NULL, &setting.store,
                                       ERR));
  create_session(setting.store, ALICE, "k", "v");
  return 0;
}

static int close_setting(void **state) {
  struct setting *setting = *state;
  session3_store_free(setting->store);
  return setting->scripted.destroyed == 1 ? 0 : -1;
}

#define CUSTOM_TEST(test) cmocka_unit_test_setup_teardown(test, open_setting, close_setting)

/** An operation that runs one callback first of all. */
static session3_status run(struct setting *setting, enum callback callback, session3_error *error) {
  session3_session *session = NULL;
  session3_iterator *iterator = NULL;
  session3_status status = SESSION3_E_INVALID;
  switch (callback) {
  case READ:
    status = session3_store_load(setting->store, TEXT(ALICE), &session, error);
    break;
  case WRITE:
    if (session3_session_new(TEXT(BOB), &session, NULL) != SESSION3_OK)
      return 77;
    status = session3_store_create(setting->store, session, error);
    break;
  case REMOVE:
    return session3_store_delete(setting->store, TEXT(ALICE), error);
  case TOUCH:
    return session3_store_touch(setting->store, TEXT(ALICE), error);
  case IDS:
    status = session3_store_iterate(setting->store, &iterator, error);
    session3_iterator_free(iterator);
    break;
  case SETUP:
    return session3_store_setup(setting->store, error);
  case CALLBACKS:
    break;
  }
  session3_session_free(session);
  return status;
}

static void a_failure_reaches_the_caller_with_code_errno_and_message(void **state) {
  struct setting *setting = *state;
  const session3_status codes[] = {SESSION3_E_IO, SESSION3_E_UNSUPPORTED, -1000, INT32_MIN};
  for (enum callback callback = READ; callback < CALLBACKS; callback++) {
    for (size_t index = 0; index < 4; index++) {
      setting->scripted.script =
          (struct script){callback, codes[index], "the database is away", false};
      assert_status(run(setting, callback, ERR), codes[index]);
      assert_message_names("the database is away");
      assert_int_equal(last_error()->system_errno, 5);
    }
  }
}

static void a_failure_that_fills_no_error_is_explained(void **state) {
  struct setting *setting = *state;
  for (enum callback callback = READ; callback < CALLBACKS; callback++) {
    setting->scripted.script = (struct script){callback, SESSION3_E_IO, NULL, false};
    assert_status(run(setting, callback, ERR), SESSION3_E_IO);
    assert_status(run(setting, callback, NULL), SESSION3_E_IO);
    setting->scripted.script.message = "nobody listens";
    assert_status(run(setting, callback, NULL), SESSION3_E_IO);
  }
}

static void a_positive_status_that_is_not_listed_is_a_broken_contract(void **state) {
  struct setting *setting = *state;
  const session3_status garbage[] = {SESSION3_DONE, 3, 77, 0x40000000, INT32_MAX};
  for (enum callback callback = READ; callback < CALLBACKS; callback++) {
    for (size_t index = 0; index < 5; index++) {
      setting->scripted.script = (struct script){callback, garbage[index], NULL, false};
      assert_status(run(setting, callback, ERR), SESSION3_E_CALLBACK);
    }
  }
}

static void not_found_is_an_answer_to_read_remove_and_touch_alone(void **state) {
  struct setting *setting = *state;
  const session3_status answers[CALLBACKS] = {SESSION3_NOT_FOUND,  SESSION3_E_CALLBACK,
                                              SESSION3_NOT_FOUND,  SESSION3_E_GONE,
                                              SESSION3_E_CALLBACK, SESSION3_E_CALLBACK};
  for (enum callback callback = READ; callback < CALLBACKS; callback++) {
    setting->scripted.script = (struct script){callback, SESSION3_NOT_FOUND, NULL, false};
    assert_status(run(setting, callback, ERR), answers[callback]);
  }
}

static void a_read_that_says_ok_and_fills_nothing_is_a_broken_contract(void **state) {
  struct setting *setting = *state;
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  uint8_t payload[64];
  size_t length = 0;
  setting->scripted.script = (struct script){READ, SESSION3_OK, NULL, false};
  assert_status(run(setting, READ, ERR), SESSION3_E_CALLBACK);
  assert_status(session3_store_load_encoded(setting->store, TEXT(ALICE), &snapshot, payload,
                                            sizeof payload, &length, ERR),
                SESSION3_E_CALLBACK);
  assert_status(session3_store_increment(setting->store, TEXT(ALICE), TEXT("n"), 1, NULL, ERR),
                SESSION3_E_CALLBACK);
}

static void a_read_that_fails_after_filling_hands_nothing_out(void **state) {
  struct setting *setting = *state;
  session3_session *session = (session3_session *)1;
  setting->scripted.script = (struct script){READ, SESSION3_E_IO, NULL, true};
  assert_status(session3_store_load(setting->store, TEXT(ALICE), &session, ERR), SESSION3_E_IO);
  assert_null(session);
  setting->scripted.script.status = SESSION3_NOT_FOUND;
  session = (session3_session *)1;
  assert_not_found(session3_store_load(setting->store, TEXT(ALICE), &session, ERR));
  assert_null(session);
}

/** Answers as a read callback would that forgets one out. */
static int forgotten_out;

static session3_status forgetful_read(void *context, const char *id, size_t length,
                                      session3_record *record, session3_buffer *payload,
                                      session3_error *error) {
  session3_record whole = *record;
  session3_buffer bytes = SESSION3_BUFFER_INIT;
  session3_status status = scripted_callbacks.read(context, id, length, &whole, &bytes, error);
  if (forgotten_out != 0)
    record->version = whole.version;
  if (forgotten_out != 1)
    record->created_us = whole.created_us;
  if (forgotten_out != 2)
    record->accessed_us = whole.accessed_us;
  if (forgotten_out != 3 && status == SESSION3_OK) {
    status = session3_buffer_assign(payload, bytes.data, bytes.length, error);
  }
  session3_buffer_dispose(&bytes);
  return status;
}

static void a_read_that_forgets_any_one_out_is_a_broken_contract(void **state) {
  (void)state;
  struct scripted scripted;
  session3_store *store = NULL;
  session3_session *session = NULL;
  session3_store_callbacks callbacks = scripted_callbacks;
  callbacks.read = forgetful_read;
  scripted_init(&scripted);
  assert_ok(session3_store_open_custom(&callbacks, &scripted, NULL, &store, ERR));
  create_session(store, ALICE, "k", "v");
  for (forgotten_out = 0; forgotten_out < 4; forgotten_out++) {
    assert_status(session3_store_load(store, TEXT(ALICE), &session, ERR), SESSION3_E_CALLBACK);
    assert_null(session);
  }
  assert_ok(session3_store_load(store, TEXT(ALICE), &session, ERR));
  session3_session_free(session);
  session3_store_free(store);
  assert_int_equal(scripted.destroyed, 1);
}

static session3_status read_garbage(void *context, const char *id, size_t length,
                                    session3_record *record, session3_buffer *payload,
                                    session3_error *error) {
  session3_status status = scripted_callbacks.read(context, id, length, record, payload, error);
  return status == SESSION3_OK ? session3_buffer_assign(payload, TEXT("\xc1garbage"), error)
                               : status;
}

static void a_payload_that_is_none_is_corrupt(void **state) {
  (void)state;
  struct scripted scripted;
  session3_store *store = NULL;
  session3_session *session = NULL;
  session3_store_callbacks callbacks = scripted_callbacks;
  callbacks.read = read_garbage;
  scripted_init(&scripted);
  assert_ok(session3_store_open_custom(&callbacks, &scripted, NULL, &store, ERR));
  create_session(store, ALICE, "k", "v");
  assert_status(session3_store_load(store, TEXT(ALICE), &session, ERR), SESSION3_E_CORRUPT);
  session3_store_free(store);
}

static void a_write_expects_what_was_loaded_and_counts_on(void **state) {
  struct setting *setting = *state;
  assert_int_equal(setting->scripted.expected.revision, 0);
  session3_record_version created = setting->scripted.written;
  assert_int_equal(created.revision, 1);
  change_session(setting->store, ALICE, "k", "changed");
  assert_memory_equal(&setting->scripted.expected, &created, sizeof created);
  assert_int_equal(setting->scripted.written.revision, 2);
  assert_true(setting->scripted.written.incarnation == created.incarnation);
  assert_int_equal(setting->scripted.written.reserved, 0);
}

static void an_unchanged_save_writes_nothing(void **state) {
  struct setting *setting = *state;
  session3_session *session = load_session(setting->store, ALICE);
  int writes = setting->scripted.calls[WRITE];
  assert_ok(session3_store_save(setting->store, session, SESSION3_SAVE_DEFAULT, ERR));
  assert_int_equal(setting->scripted.calls[WRITE], writes);
  session3_session_free(session);
}

static void a_touch_is_handed_the_time(void **state) {
  struct setting *setting = *state;
  assert_ok(session3_store_set_access_time(setting->store, TEXT(ALICE), 12345678, ERR));
  assert_int_equal(setting->scripted.touched_us, 12345678);
  assert_ok(session3_store_touch(setting->store, TEXT(ALICE), ERR));
  assert_true(setting->scripted.touched_us > INT64_C(1600000000000000));
}

static void setting_up_runs_the_callback(void **state) {
  struct setting *setting = *state;
  int before = setting->scripted.calls[SETUP];
  assert_ok(session3_store_setup(setting->store, ERR));
  assert_int_equal(setting->scripted.calls[SETUP], before + 1);
}

static void a_store_that_always_conflicts_ends_the_save(void **state) {
  struct setting *setting = *state;
  session3_session *session = load_session(setting->store, ALICE);
  set_text(session, "k", "changed");
  setting->scripted.script = (struct script){WRITE, SESSION3_E_CONFLICT, NULL, false};
  session3_status status = session3_store_save(setting->store, session, SESSION3_SAVE_MERGE, NULL);
  assert_true(status == SESSION3_E_CONFLICT || status == SESSION3_E_BUSY);
  status = session3_store_increment(setting->store, TEXT(ALICE), TEXT("n"), 1, NULL, NULL);
  assert_true(status == SESSION3_E_CONFLICT || status == SESSION3_E_BUSY);
  assert_text(session, "k", "changed");
  session3_session_free(session);
}

/** A second store on the same records, through which somebody else saves. */
static session3_store *theirs;

/** How often they still do. */
static int interferences;

/** Somebody else saves between the library's read and its write. */
static void interfere(struct scripted *scripted) {
  if (interferences == 0)
    return;
  interferences--;
  scripted->before_write = NULL;
  session3_store_increment(theirs, TEXT(ALICE), TEXT("theirs"), 1, NULL, NULL);
  scripted->before_write = interfere;
}

static void a_save_that_lost_the_race_is_tried_again(void **state) {
  struct setting *setting = *state;
  session3_store_callbacks callbacks = scripted_callbacks;
  session3_session *session = load_session(setting->store, ALICE);
  callbacks.destroy = NULL;
  assert_ok(session3_store_open_custom(&callbacks, &setting->scripted, NULL, &theirs, ERR));
  set_text(session, "k", "changed");
  interferences = 5;
  setting->scripted.before_write = interfere;
  assert_ok(session3_store_save(setting->store, session, SESSION3_SAVE_MERGE, ERR));
  assert_int_equal(interferences, 0);
  assert_stored_text(setting->store, ALICE, "k", "changed");
  assert_int(session, "theirs", 5);
  session3_store_free(theirs);
  session3_session_free(session);
}

/** What session3_id_list_append answered to each wrong call. */
static session3_status wrong_answers[7];

static session3_status list_wrong_ids(void *context, session3_id_list *ids, session3_error *error) {
  (void)context;
  char long_id[SESSION3_ID_MAXIMUM + 1];
  memset(long_id, 'x', sizeof long_id);
  wrong_answers[0] = session3_id_list_append(NULL, TEXT(ALICE), NULL);
  wrong_answers[1] = session3_id_list_append(ids, NULL, 0, NULL);
  wrong_answers[2] = session3_id_list_append(ids, NULL, 5, NULL);
  wrong_answers[3] = session3_id_list_append(ids, "", 0, NULL);
  wrong_answers[4] = session3_id_list_append(ids, TEXT("../" SECRET), NULL);
  wrong_answers[5] = session3_id_list_append(ids, long_id, sizeof long_id, NULL);
  wrong_answers[6] = session3_id_list_append(ids, TEXT("a\0b"), NULL);
  session3_status status = session3_id_list_append(ids, TEXT(ALICE), error);
  return status == SESSION3_OK ? session3_id_list_append(ids, TEXT("never-stored"), error) : status;
}

static void an_id_list_takes_ids_alone_and_unread_ones_are_passed_over(void **state) {
  (void)state;
  struct scripted scripted;
  session3_store *store = NULL;
  session3_iterator *iterator = NULL;
  session3_session *session = NULL;
  session3_store_callbacks callbacks = scripted_callbacks;
  callbacks.ids = list_wrong_ids;
  scripted_init(&scripted);
  assert_ok(session3_store_open_custom(&callbacks, &scripted, NULL, &store, ERR));
  create_session(store, ALICE, "k", "v");
  assert_ok(session3_store_iterate(store, &iterator, ERR));
  for (int index = 0; index < 7; index++) assert_invalid(wrong_answers[index]);
  assert_ok(session3_iterator_next(iterator, &session, ERR));
  session3_session_free(session);
  assert_status(session3_iterator_next(iterator, &session, ERR), SESSION3_DONE);
  session3_iterator_free(iterator);
  session3_store_free(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CUSTOM_TEST(a_failure_reaches_the_caller_with_code_errno_and_message),
      CUSTOM_TEST(a_failure_that_fills_no_error_is_explained),
      CUSTOM_TEST(a_positive_status_that_is_not_listed_is_a_broken_contract),
      CUSTOM_TEST(not_found_is_an_answer_to_read_remove_and_touch_alone),
      CUSTOM_TEST(a_read_that_says_ok_and_fills_nothing_is_a_broken_contract),
      CUSTOM_TEST(a_read_that_fails_after_filling_hands_nothing_out),
      cmocka_unit_test(a_read_that_forgets_any_one_out_is_a_broken_contract),
      cmocka_unit_test(a_payload_that_is_none_is_corrupt),
      CUSTOM_TEST(a_write_expects_what_was_loaded_and_counts_on),
      CUSTOM_TEST(an_unchanged_save_writes_nothing),
      CUSTOM_TEST(a_touch_is_handed_the_time),
      CUSTOM_TEST(setting_up_runs_the_callback),
      CUSTOM_TEST(a_store_that_always_conflicts_ends_the_save),
      CUSTOM_TEST(a_save_that_lost_the_race_is_tried_again),
      cmocka_unit_test(an_id_list_takes_ids_alone_and_unread_ones_are_passed_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
