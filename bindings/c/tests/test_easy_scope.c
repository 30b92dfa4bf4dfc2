/* SPDX-License-Identifier: MIT */
/* session3_easy.h: what a scope declared is released when it ends, in reverse order. */
#include "Support/dictionary_store.h"
#include "Support/files.h"
#include "Support/sessions.h"
#include "session3_easy.h"

static void open_dictionary(int *destroyed, session3_store **out) {
  assert_ok(
      session3_store_open_custom(&dictionary_callbacks, dictionary_new(destroyed), NULL, out, ERR));
}

static void a_variable_begins_empty_and_may_end_so(void **state) {
  (void)state;
  S3_AUTO_STORE(store);
  S3_AUTO_SESSION(session);
  S3_AUTO_ITERATOR(iterator);
  S3_AUTO_WRITER(writer);
  S3_AUTO_BUFFER(buffer);
  assert_null(store);
  assert_null(session);
  assert_null(iterator);
  assert_null(writer);
  assert_null(buffer.data);
}

static void a_store_ends_with_its_scope(void **state) {
  int destroyed = 0;
  (void)state;
  {
    S3_AUTO_STORE(store);
    open_dictionary(&destroyed, &store);
    assert_int_equal(destroyed, 0);
  }
  assert_int_equal(destroyed, 1);
}

static int leave(int how, int *destroyed) {
  S3_AUTO_STORE(store);
  open_dictionary(destroyed, &store);
  if (how == 0)
    return 10;
  while (true) {
    S3_AUTO_STORE(inner);
    open_dictionary(destroyed, &inner);
    if (how == 1)
      return 11;
    if (how == 2)
      break;
    how--;
  }
  return 12;
}

static void return_break_and_the_next_round_end_a_scope(void **state) {
  int destroyed = 0;
  (void)state;
  assert_int_equal(leave(0, &destroyed), 10);
  assert_int_equal(destroyed, 1);
  assert_int_equal(leave(1, &destroyed), 11);
  assert_int_equal(destroyed, 3);
  assert_int_equal(leave(4, &destroyed), 12);
  assert_int_equal(destroyed, 7);
}

/** In the order of their ends, the contexts of the stores that open_noting opened. */
static const void *ends[2];
static int ended;

static void note_end(void *context) {
  ends[ended++] = context;
  dictionary_callbacks.destroy(context);
}

static void open_noting(struct dictionary *dictionary, session3_store **out) {
  session3_store_callbacks callbacks = dictionary_callbacks;
  callbacks.destroy = note_end;
  assert_ok(session3_store_open_custom(&callbacks, dictionary, NULL, out, ERR));
}

static void variables_end_in_reverse_order(void **state) {
  int destroyed = 0;
  struct dictionary *one = dictionary_new(&destroyed);
  struct dictionary *two = dictionary_new(&destroyed);
  (void)state;
  {
    S3_AUTO_STORE(first);
    S3_AUTO_STORE(second);
    open_noting(two, &second);
    open_noting(one, &first);
  }
  assert_int_equal(ended, 2);
  assert_ptr_equal(ends[0], two);
  assert_ptr_equal(ends[1], one);
}

static void a_store_lives_as_long_as_an_iterator_declared_before_it(void **state) {
  int destroyed = 0;
  (void)state;
  {
    S3_AUTO_ITERATOR(iterator);
    {
      S3_AUTO_STORE(store);
      S3_AUTO_SESSION(session);
      open_dictionary(&destroyed, &store);
      create_session(store, ALICE, NULL, NULL);
      assert_ok(session3_store_iterate(store, &iterator, ERR));
    }
    assert_int_equal(destroyed, 0);
    S3_AUTO_SESSION(session);
    assert_ok(session3_iterator_next(iterator, &session, ERR));
    assert_string_equal(s3_id(session), ALICE);
  }
  assert_int_equal(destroyed, 1);
}

/** Memory is counted by valgrind, under which this program also runs. */
static void a_scope_leaves_no_descriptor_and_no_memory(void **state) {
  char directory[DIRECTORY_SIZE];
  size_t before = count_descriptors();
  (void)state;
  make_directory(directory);
  {
    S3_AUTO_STORE(store);
    S3_AUTO_SESSION(session);
    S3_AUTO_ITERATOR(iterator);
    S3_AUTO_WRITER(writer);
    S3_AUTO_BUFFER(buffer);
    assert_ok(s3_open(directory, &store, ERR));
    assert_ok(s3_new(&session, ERR));
    assert_ok(s3_set(session, "key", "text", ERR));
    assert_ok(s3_save(store, session, ERR));
    assert_ok(s3_read(session, "key", &buffer, ERR));
    assert_ok(session3_store_iterate(store, &iterator, ERR));
    assert_ok(session3_writer_new(&writer, ERR));
    assert_ok(session3_writer_text(writer, TEXT("text"), ERR));
    assert_true(count_descriptors() > before);
  }
  assert_int_equal(count_descriptors(), before);
  remove_directory(directory);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_variable_begins_empty_and_may_end_so),
      cmocka_unit_test(a_store_ends_with_its_scope),
      cmocka_unit_test(return_break_and_the_next_round_end_a_scope),
      cmocka_unit_test(variables_end_in_reverse_order),
      cmocka_unit_test(a_store_lives_as_long_as_an_iterator_declared_before_it),
      cmocka_unit_test(a_scope_leaves_no_descriptor_and_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
