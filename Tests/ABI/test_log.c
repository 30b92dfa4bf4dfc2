/* SPDX-License-Identifier: MIT */
/* What a store tells its log: level, one line, place and cause, and no secret. */
#include "Support/files.h"
#include "Support/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define LINES 64

/** What the log got; the callback is the only writer. */
struct book {
  char directory[DIRECTORY_SIZE];
  size_t count;
  session3_log_level levels[LINES];
  char lines[LINES][256];
};

static void write_down(void *context, session3_log_level level, session3_status status,
                       const char *message, size_t length) {
  struct book *book = context;
  assert_true(level != SESSION3_LOG_ERROR || status < 0);
  assert_true(level != SESSION3_LOG_INFO || status == SESSION3_OK);
  assert_int_equal(length, strlen(message));
  assert_null(strstr(message, SECRET));
  assert_null(strchr(message, '\n'));
  if (book->count < LINES) {
    book->levels[book->count] = level;
    snprintf(book->lines[book->count], sizeof book->lines[0], "%s", message);
  }
  book->count++;
}

static int open_book(void **state) {
  struct book *book = calloc(1, sizeof *book);
  if (book == NULL)
    return -1;
  make_directory(book->directory);
  *state = book;
  return 0;
}

static int close_book(void **state) {
  remove_directory(((struct book *)*state)->directory);
  free(*state);
  return 0;
}

#define LOG_TEST(test) cmocka_unit_test_setup_teardown(test, open_book, close_book)

static session3_store *open_with(struct book *book, session3_log_level level) {
  session3_store *store = NULL;
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.log = write_down;
  options.log_context = book;
  options.log_level = level;
  assert_ok(session3_store_open_directory(book->directory, strlen(book->directory), &options,
                                          &store, ERR));
  return store;
}

static void load_damaged(session3_store *store) {
  session3_session *session = NULL;
  assert_status(session3_store_load(store, TEXT(ALICE), &session, ERR), SESSION3_E_CORRUPT);
}

static void a_damaged_session_is_an_error_with_the_words_of_its_error(void **state) {
  struct book *book = *state;
  session3_store *store = open_with(book, SESSION3_LOG_DEFAULT);
  char hash[SESSION3_SHORT_HASH_LENGTH + 1];
  write_file(book->directory, ALICE, "nothing", 7);
  load_damaged(store);
  assert_int_equal(book->count, 1);
  assert_int_equal(book->levels[0], SESSION3_LOG_ERROR);
  assert_string_equal(book->lines[0], last_error()->message);
  assert_ok(session3_store_short_hash(store, TEXT(ALICE), hash, ERR));
  assert_non_null(strstr(book->lines[0], hash));
  session3_store_free(store);
}

static void what_goes_well_and_what_is_normal_is_not_told_by_default(void **state) {
  struct book *book = *state;
  session3_store *store = open_with(book, SESSION3_LOG_DEFAULT);
  create_session(store, ALICE, "key", "text");
  session3_session *session = load_session(store, ALICE);
  assert_ok(session3_store_delete(store, TEXT(ALICE), ERR));
  set_text(session, "key", "other");
  assert_status(session3_store_save(store, session, SESSION3_SAVE_DEFAULT, ERR), SESSION3_E_GONE);
  session3_session_free(session);
  assert_ok(session3_store_sweep(store, 0, NULL, NULL, ERR));
  assert_int_equal(book->count, 0);
  session3_store_free(store);
}

static void the_level_lets_in_what_is_normal(void **state) {
  struct book *book = *state;
  session3_store *store = open_with(book, SESSION3_LOG_DEBUG);
  assert_status(session3_store_touch(store, TEXT(ALICE), ERR), SESSION3_E_GONE);
  assert_ok(session3_store_sweep(store, 0, NULL, NULL, ERR));
  assert_int_equal(book->count, 2);
  assert_int_equal(book->levels[0], SESSION3_LOG_DEBUG);
  assert_int_equal(book->levels[1], SESSION3_LOG_INFO);
  assert_non_null(strstr(book->lines[1], ": 0 deleted, 0 remain"));
  session3_store_free(store);
}

/** The number of the second in which messages are counted now. */
static size_t second_now(void) {
  struct timespec now;
  assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
  return (size_t)now.tv_sec;
}

static void a_flood_is_cut_and_counted(void **state) {
  struct book *book = *state;
  session3_store *store = open_with(book, SESSION3_LOG_ERROR);
  session3_statistics counts = {.size = sizeof counts};
  write_file(book->directory, ALICE, "nothing", 7);
  size_t first_second = second_now();
  for (int tries = 0; tries < 1000; tries++) load_damaged(store);
  size_t seconds = second_now() - first_second + 1;
  assert_ok(session3_store_get_statistics(store, &counts, ERR));
  assert_in_range(book->count, SESSION3_LOG_RATE, seconds * SESSION3_LOG_RATE);
  assert_int_equal(book->count + counts.messages_left_out, 1000);
  assert_int_equal(counts.corrupt, 1000);
  session3_store_free(store);
}

static void a_directory_that_anybody_may_write_to_is_refused_and_told(void **state) {
  struct book *book = *state;
  const mode_t modes[] = {0777, 01777, 0702};
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.log = write_down;
  options.log_context = book;
  for (size_t index = 0; index < sizeof modes / sizeof modes[0]; index++) {
    session3_store *store = (session3_store *)1;
    assert_int_equal(chmod(book->directory, modes[index]), 0);
    options.flags = 0;
    assert_status(session3_store_open_directory(book->directory, strlen(book->directory), &options,
                                                &store, ERR),
                  SESSION3_E_INSECURE);
    assert_null(store);
    assert_int_equal(book->count, index + 1);
    assert_int_equal(book->levels[index], SESSION3_LOG_ERROR);
    assert_false(file_exists(book->directory, ".session3"));
  }
  options.flags = SESSION3_DIRECTORY_ALLOW_WORLD_WRITABLE;
  session3_store *store = NULL;
  assert_ok(session3_store_open_directory(book->directory, strlen(book->directory), &options,
                                          &store, ERR));
  session3_store_free(store);
}

static void no_directory_is_made_that_anybody_could_write_to(void **state) {
  const struct book *book = *state;
  session3_store *store = NULL;
  char path[PATH_SIZE];
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.flags = SESSION3_DIRECTORY_CREATE;
  options.directory_mode = 0777;
  path_in(path, book->directory, "new");
  assert_status(session3_store_open_directory(path, strlen(path), &options, &store, ERR),
                SESSION3_E_INSECURE);
  assert_false(file_exists(book->directory, "new"));
}

static void stores_in_memory_have_a_log_too(void **state) {
  struct book *book = *state;
  session3_store *store = NULL;
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  options.log = write_down;
  options.log_context = book;
  options.log_level = SESSION3_LOG_DEBUG;
  assert_ok(session3_store_open_memory(&options, &store, ERR));
  assert_status(session3_store_touch(store, TEXT(ALICE), ERR), SESSION3_E_GONE);
  assert_int_equal(book->count, 1);
  session3_store_free(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOG_TEST(a_damaged_session_is_an_error_with_the_words_of_its_error),
      LOG_TEST(what_goes_well_and_what_is_normal_is_not_told_by_default),
      LOG_TEST(the_level_lets_in_what_is_normal),
      LOG_TEST(a_flood_is_cut_and_counted),
      LOG_TEST(a_directory_that_anybody_may_write_to_is_refused_and_told),
      LOG_TEST(no_directory_is_made_that_anybody_could_write_to),
      LOG_TEST(stores_in_memory_have_a_log_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
