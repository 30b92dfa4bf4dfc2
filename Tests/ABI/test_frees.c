/* SPDX-License-Identifier: MIT */
/* Handles released in every order, over every kind of store: a child keeps what it needs. */
#include "Support/sessions.h"
#include "Support/stores.h"

enum { STORE, ITERATOR, OTHER_ITERATOR, SESSION, WALKED_SESSION, HANDLES };

struct handles {
  session3_store *store;
  session3_iterator *iterators[2];
  session3_session *sessions[2];
};

static struct handles take_handles(struct fixture *fixture) {
  struct handles handles = {.store = open_another(fixture, NULL)};
  session3_store_delete(handles.store, TEXT(ALICE), NULL);
  create_session(handles.store, ALICE, "k", "v");
  for (int index = 0; index < 2; index++) {
    assert_ok(session3_store_iterate(handles.store, &handles.iterators[index], ERR));
  }
  handles.sessions[0] = load_session(handles.store, ALICE);
  assert_ok(session3_iterator_next(handles.iterators[0], &handles.sessions[1], ERR));
  return handles;
}

/** Uses what is left, and then releases one handle. */
static void use_and_free(struct handles *handles, int which) {
  for (int index = 0; index < 2; index++) {
    if (handles->sessions[index] != NULL)
      assert_text(handles->sessions[index], "k", "v");
  }
  if (handles->store != NULL)
    assert_stored(handles->store, ALICE);
  switch (which) {
  case STORE:
    session3_store_free(handles->store);
    handles->store = NULL;
    break;
  case ITERATOR:
  case OTHER_ITERATOR:
    session3_iterator_free(handles->iterators[which - ITERATOR]);
    handles->iterators[which - ITERATOR] = NULL;
    break;
  default:
    session3_session_free(handles->sessions[which - SESSION]);
    handles->sessions[which - SESSION] = NULL;
    break;
  }
  if (handles->iterators[1] != NULL) {
    char id[SESSION3_ID_MAXIMUM + 1];
    session3_status status = session3_iterator_next_id(handles->iterators[1], id, ERR);
    if (status == SESSION3_OK)
      assert_string_equal(id, ALICE);
    else
      assert_status(status, SESSION3_DONE);
  }
}

/** The order-th permutation of all handles. */
static void permute(int order, int permutation[HANDLES]) {
  for (int index = 0; index < HANDLES; index++) permutation[index] = index;
  for (int index = HANDLES; index > 1; index--) {
    int other = order % index, last = permutation[index - 1];
    order /= index;
    permutation[index - 1] = permutation[other];
    permutation[other] = last;
  }
}

static void handles_are_released_in_any_order(void **state) {
  struct fixture *fixture = *state;
  size_t descriptors = count_descriptors();
  for (int order = 0; order < 120; order++) {
    int permutation[HANDLES], opened = fixture->opened;
    permute(order, permutation);
    struct handles handles = take_handles(fixture);
    for (int index = 0; index < HANDLES; index++) use_and_free(&handles, permutation[index]);
    assert_int_equal(count_descriptors(), descriptors);
    assert_int_equal(fixture->destroyed, opened);
  }
}

static void a_session_is_used_and_saved_after_its_store(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  reopen(fixture, NULL);
  assert_text(session, "k", "v");
  set_text(session, "k", "changed");
  session3_status status = session3_store_save(fixture->store, session, SESSION3_SAVE_MERGE, NULL);
  assert_int_equal(status, fixture->directory[0] != 0 ? SESSION3_OK : SESSION3_E_GONE);
  session3_session_free(session);
}

static void a_value_outlives_the_writer_that_a_session_took_it_from(void **state) {
  struct fixture *fixture = *state;
  session3_writer *writer = NULL;
  session3_value value, stored;
  session3_session *session = new_session(ALICE), *other = new_session(BOB);
  assert_ok(session3_writer_new(&writer, ERR));
  assert_ok(session3_writer_text(writer, TEXT("from the writer"), ERR));
  assert_ok(session3_writer_finish(writer, &value, ERR));
  assert_ok(session3_session_set(session, TEXT("k"), &value, ERR));
  session3_writer_free(writer);
  assert_ok(session3_session_get(session, TEXT("k"), &stored, ERR));
  assert_ok(session3_session_set(other, TEXT("k"), &stored, ERR));
  session3_session_free(session);
  assert_ok(session3_store_create(fixture->store, other, ERR));
  session3_session_free(other);
  assert_stored_text(fixture->store, BOB, "k", "from the writer");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(handles_are_released_in_any_order),
      STORE_TEST(a_session_is_used_and_saved_after_its_store),
      STORE_TEST(a_value_outlives_the_writer_that_a_session_took_it_from),
  };
  return run_over_stores(tests);
}
