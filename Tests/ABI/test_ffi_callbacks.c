/* SPDX-License-Identifier: MIT */
/* A custom store whose callbacks are closures of libffi, called through libffi, as a dynamic
 * runtime does both: also callbacks that raised, and so return garbage with no out filled. */
#include "Support/dictionary_store.h"
#include "Support/prototypes.h"
#include "Support/sessions.h"

#include <stdlib.h>

enum { DESTROY, READ, WRITE, REMOVE, TOUCH, IDS, SETUP, CLOSURES };

/** Result and parameters of each callback, in the letters of prototypes.h. */
static const char *const signatures[CLOSURES] = {"vx",     "sxkzoBe", "sxkzpoe", "sxkzpe",
                                                 "sxkzie", "sxLe",    "sxe"};

struct runtime;

struct closure {
  struct runtime *runtime;
  int which;
  ffi_closure *writable;
  void *code;
  ffi_cif cif;
  ffi_type *types[MAXIMUM_PARAMETERS];
};

/** A host of closures around a dictionary. */
struct runtime {
  struct closure closures[CLOSURES];
  struct dictionary *dictionary;
  int calls[CLOSURES], dictionaries_destroyed;
  int raising;      /**< which callback raises, or -1 */
  ffi_sarg garbage; /**< what the one that raises returns */
  session3_store_callbacks callbacks;
};

static ffi_type *type_of(char letter) {
  if (letter == 'v')
    return &ffi_type_void;
  if (letter == 's')
    return &ffi_type_sint32;
  if (letter == 'i')
    return &ffi_type_sint64;
  return letter == 'z' ? &ffi_type_uint64 : &ffi_type_pointer;
}

#define ARGUMENT(type, index) (*(type *)arguments[index])

static session3_status run(struct runtime *runtime, int which, void **arguments) {
  struct dictionary *dictionary = runtime->dictionary;
  switch (which) {
  case DESTROY:
    dictionary_callbacks.destroy(dictionary);
    return SESSION3_OK;
  case READ:
    return dictionary_callbacks.read(dictionary, ARGUMENT(const char *, 1), ARGUMENT(size_t, 2),
                                     ARGUMENT(session3_record *, 3), ARGUMENT(session3_buffer *, 4),
                                     ARGUMENT(session3_error *, 5));
  case WRITE:
    return dictionary_callbacks.write(dictionary, ARGUMENT(const char *, 1), ARGUMENT(size_t, 2),
                                      ARGUMENT(const session3_record_version *, 3),
                                      ARGUMENT(const session3_record *, 4),
                                      ARGUMENT(session3_error *, 5));
  case REMOVE:
    return dictionary_callbacks.remove(dictionary, ARGUMENT(const char *, 1), ARGUMENT(size_t, 2),
                                       ARGUMENT(const session3_record_version *, 3),
                                       ARGUMENT(session3_error *, 4));
  case TOUCH:
    return dictionary_callbacks.touch(dictionary, ARGUMENT(const char *, 1), ARGUMENT(size_t, 2),
                                      ARGUMENT(int64_t, 3), ARGUMENT(session3_error *, 4));
  case IDS:
    return dictionary_callbacks.ids(dictionary, ARGUMENT(session3_id_list *, 1),
                                    ARGUMENT(session3_error *, 2));
  default:
    return SESSION3_OK;
  }
}

/** What libffi calls for each closure. */
static void enter(ffi_cif *cif, void *result, void **arguments, void *data) {
  struct closure *closure = data;
  struct runtime *runtime = closure->runtime;
  (void)cif;
  runtime->calls[closure->which]++;
  if (closure->which == DESTROY) {
    run(runtime, DESTROY, arguments);
  } else if (runtime->raising == closure->which) {
    *(ffi_sarg *)result = runtime->garbage;
  } else {
    *(ffi_sarg *)result = run(runtime, closure->which, arguments);
  }
}

static void make_closure(struct runtime *runtime, int which) {
  struct closure *closure = &runtime->closures[which];
  unsigned count = (unsigned)strlen(signatures[which]) - 1;
  for (unsigned index = 0; index < count; index++) {
    closure->types[index] = type_of(signatures[which][index + 1]);
  }
  closure->runtime = runtime;
  closure->which = which;
  closure->writable = ffi_closure_alloc(sizeof(ffi_closure), &closure->code);
  assert_non_null(closure->writable);
  assert_int_equal(ffi_prep_cif(&closure->cif, FFI_DEFAULT_ABI, count,
                                type_of(signatures[which][0]), closure->types),
                   FFI_OK);
  assert_int_equal(
      ffi_prep_closure_loc(closure->writable, &closure->cif, enter, closure, closure->code),
      FFI_OK);
}

/** Puts a closure's code into a field of the callbacks. */
#define SET_CALLBACK(field, which) \
  memcpy(&runtime->callbacks.field, &runtime->closures[which].code, sizeof runtime->callbacks.field)

static int start_runtime(void **state) {
  struct runtime *runtime = calloc(1, sizeof *runtime);
  if (runtime == NULL)
    return -1;
  *state = runtime;
  runtime->raising = -1;
  runtime->dictionary = dictionary_new(&runtime->dictionaries_destroyed);
  for (int which = 0; which < CLOSURES; which++) make_closure(runtime, which);
  runtime->callbacks.size = sizeof runtime->callbacks;
  SET_CALLBACK(destroy, DESTROY);
  SET_CALLBACK(read, READ);
  SET_CALLBACK(write, WRITE);
  SET_CALLBACK(remove, REMOVE);
  SET_CALLBACK(touch, TOUCH);
  SET_CALLBACK(ids, IDS);
  SET_CALLBACK(setup, SETUP);
  return 0;
}

static int stop_runtime(void **state) {
  struct runtime *runtime = *state;
  int destroyed = runtime->calls[DESTROY];
  for (int which = 0; which < CLOSURES; which++) {
    ffi_closure_free(runtime->closures[which].writable);
  }
  free(runtime);
  return destroyed == 1 ? 0 : -1;
}

#define RUNTIME_TEST(test) cmocka_unit_test_setup_teardown(test, start_runtime, stop_runtime)

/** Calls a function of the library by its name, with the addresses of its arguments. */
static session3_status invoke(const char *name, void **arguments) {
  for (size_t index = 0; index < prototype_count; index++) {
    struct prepared prepared;
    ffi_arg result = 0;
    if (strcmp(prototypes[index].name, name) != 0)
      continue;
    assert_true(prepare(&prepared, &prototypes[index]));
    ffi_call(&prepared.cif, prepared.function, &result, arguments);
    return (session3_status)result;
  }
  fail_msg("no function %s", name);
  return SESSION3_E_INVALID;
}
#define INVOKE(name, ...) invoke(#name, (void *[]){__VA_ARGS__})

static session3_store *open_runtime(struct runtime *runtime) {
  session3_store *store = NULL, **out = &store;
  const session3_store_callbacks *callbacks = &runtime->callbacks;
  const session3_memory_options *options = NULL;
  session3_error *error = NULL;
  void *context = runtime;
  assert_ok(INVOKE(session3_store_open_custom, &callbacks, &context, &options, &out, &error));
  assert_non_null(store);
  return store;
}

static void free_store(session3_store *store) { INVOKE(session3_store_free, &store); }

/** Runs one operation that needs a certain callback, through libffi. */
static session3_status operate(int which, session3_store *store, session3_error *error) {
  const char *id = ALICE;
  size_t length = strlen(ALICE);
  session3_session *session = NULL, **session_out = &session;
  session3_iterator *iterator = NULL, **iterator_out = &iterator;
  session3_status status = SESSION3_E_INVALID;
  switch (which) {
  case READ:
    status = INVOKE(session3_store_load, &store, &id, &length, &session_out, &error);
    break;
  case WRITE:
    session = new_session(BOB);
    status = INVOKE(session3_store_create, &store, &session, &error);
    break;
  case REMOVE:
    return INVOKE(session3_store_delete, &store, &id, &length, &error);
  case TOUCH:
    return INVOKE(session3_store_touch, &store, &id, &length, &error);
  case IDS:
    status = INVOKE(session3_store_iterate, &store, &iterator_out, &error);
    INVOKE(session3_iterator_free, &iterator);
    break;
  default:
    return INVOKE(session3_store_setup, &store, &error);
  }
  INVOKE(session3_session_free, &session);
  return status;
}

static void closures_serve_as_a_store(void **state) {
  struct runtime *runtime = *state;
  session3_store *store = open_runtime(runtime);
  create_session(store, ALICE, "k", "v");
  change_session(store, ALICE, "k", "changed");
  assert_stored_text(store, ALICE, "k", "changed");
  const int order[] = {READ, WRITE, TOUCH, IDS, SETUP, REMOVE};
  for (size_t index = 0; index < 6; index++) assert_ok(operate(order[index], store, ERR));
  assert_not_stored(store, ALICE);
  free_store(store);
}

static void a_callback_that_raised_and_returns_garbage_is_a_broken_contract(void **state) {
  struct runtime *runtime = *state;
  const ffi_sarg garbage[] = {SESSION3_DONE, 3, 1234567, INT32_MAX};
  session3_store *store = open_runtime(runtime);
  create_session(store, ALICE, "k", "v");
  for (int which = READ; which < CLOSURES; which++) {
    for (size_t index = 0; index < 4; index++) {
      runtime->raising = which;
      runtime->garbage = garbage[index];
      assert_status(operate(which, store, ERR), SESSION3_E_CALLBACK);
    }
  }
  runtime->raising = -1;
  assert_stored_text(store, ALICE, "k", "v");
  free_store(store);
}

static void a_callback_that_raised_and_returns_zero_did_not_read(void **state) {
  struct runtime *runtime = *state;
  session3_store *store = open_runtime(runtime);
  create_session(store, ALICE, "k", "v");
  runtime->raising = READ;
  runtime->garbage = SESSION3_OK;
  assert_status(operate(READ, store, ERR), SESSION3_E_CALLBACK);
  free_store(store);
}

static void the_upper_half_of_a_result_register_is_no_status(void **state) {
  struct runtime *runtime = *state;
  session3_store *store = open_runtime(runtime);
  create_session(store, ALICE, "k", "v");
  runtime->raising = REMOVE;
  runtime->garbage = (ffi_sarg)(UINT64_C(0x7fffffff00000000) | (uint32_t)SESSION3_E_IO);
  assert_status(operate(REMOVE, store, ERR), SESSION3_E_IO);
  free_store(store);
}

static void a_callback_that_fails_is_passed_through(void **state) {
  struct runtime *runtime = *state;
  const ffi_sarg codes[] = {SESSION3_E_IO, SESSION3_E_BUSY, -4242};
  session3_store *store = open_runtime(runtime);
  create_session(store, ALICE, "k", "v");
  for (int which = READ; which < CLOSURES; which++) {
    for (size_t index = 0; index < 3; index++) {
      runtime->raising = which;
      runtime->garbage = codes[index];
      assert_status(operate(which, store, ERR), (session3_status)codes[index]);
    }
  }
  free_store(store);
}

static void a_refused_open_destroys_once(void **state) {
  struct runtime *runtime = *state;
  session3_store *store = (session3_store *)1, **out = &store;
  const session3_store_callbacks *callbacks = &runtime->callbacks;
  const session3_memory_options *options = NULL;
  session3_error *error = ERR;
  void *context = runtime;
  runtime->callbacks.flags = 0x80;
  assert_invalid(INVOKE(session3_store_open_custom, &callbacks, &context, &options, &out, &error));
  assert_null(store);
  assert_int_equal(runtime->calls[DESTROY], 1);
}

static void an_iterator_keeps_the_runtime_alive(void **state) {
  struct runtime *runtime = *state;
  session3_store *store = open_runtime(runtime);
  session3_iterator *iterator = NULL;
  session3_session *session = NULL;
  create_session(store, ALICE, "k", "v");
  assert_ok(session3_store_iterate(store, &iterator, ERR));
  free_store(store);
  assert_int_equal(runtime->calls[DESTROY], 0);
  assert_ok(session3_iterator_next(iterator, &session, ERR));
  INVOKE(session3_iterator_free, &iterator);
  assert_int_equal(runtime->calls[DESTROY], 1);
  session3_session_free(session);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RUNTIME_TEST(closures_serve_as_a_store),
      RUNTIME_TEST(a_callback_that_raised_and_returns_garbage_is_a_broken_contract),
      RUNTIME_TEST(a_callback_that_raised_and_returns_zero_did_not_read),
      RUNTIME_TEST(the_upper_half_of_a_result_register_is_no_status),
      RUNTIME_TEST(a_callback_that_fails_is_passed_through),
      RUNTIME_TEST(a_refused_open_destroys_once),
      RUNTIME_TEST(an_iterator_keeps_the_runtime_alive),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
