/* SPDX-License-Identifier: MIT */
/* Every function through libffi, with each of its pointers NULL in turn. */
#include "Support/files.h"
#include "Support/prototypes.h"
#include "Support/sessions.h"

#include <stdio.h>
#include <stdlib.h>

/** Outs hold this before a call. */
#define UNTOUCHED 0xa5

static session3_status read_nothing(void *context, const char *id, size_t length,
                                    session3_record *record, session3_buffer *payload,
                                    session3_error *error) {
  (void)context, (void)id, (void)length, (void)record, (void)payload, (void)error;
  return SESSION3_NOT_FOUND;
}

static session3_status write_nothing(void *context, const char *id, size_t length,
                                     const session3_record_version *expecting,
                                     const session3_record *record, session3_error *error) {
  (void)context, (void)id, (void)length, (void)expecting, (void)record, (void)error;
  return SESSION3_E_UNSUPPORTED;
}

static session3_status remove_nothing(void *context, const char *id, size_t length,
                                      const session3_record_version *expecting,
                                      session3_error *error) {
  (void)context, (void)id, (void)length, (void)expecting, (void)error;
  return SESSION3_NOT_FOUND;
}

static session3_status touch_nothing(void *context, const char *id, size_t length,
                                     int64_t accessed_us, session3_error *error) {
  (void)context, (void)id, (void)length, (void)accessed_us, (void)error;
  return SESSION3_NOT_FOUND;
}

static session3_status list_nothing(void *context, session3_id_list *ids, session3_error *error) {
  (void)context, (void)ids, (void)error;
  return SESSION3_OK;
}

/** One argument of each kind, fresh for one call. */
struct arguments {
  char path[DIRECTORY_SIZE];
  session3_store *store;
  session3_session *loaded, *fresh;
  session3_writer *writer;
  session3_iterator *iterator;
  session3_manager *manager;
  session3_request *request;
  session3_value value;
  session3_value_iterator value_iterator;
  session3_store_callbacks callbacks;
  session3_snapshot snapshot;
  session3_buffer buffer;
  session3_version_info version;
  session3_store_info info;
  session3_statistics statistics;
  session3_error error;
  size_t position;
  uint8_t outs[MAXIMUM_PARAMETERS][256];
  void *handles[MAXIMUM_PARAMETERS];
  void *pointers[MAXIMUM_PARAMETERS];
  union {
    uint64_t natural;
    int64_t integer;
    uint32_t small;
    int32_t status;
    double real;
    uint8_t truth;
  } numbers[MAXIMUM_PARAMETERS];
  void *slots[MAXIMUM_PARAMETERS];
};

/** The encoded value that a getter of the name takes. */
static session3_value value_for(const char *name) {
  static const struct {
    const char *part, *bytes;
    size_t length;
  } values[] = {
      {"get_bool", TEXT("\xc3")},
      {"get_double", TEXT("\xcb\x3f\xf0\0\0\0\0\0\0")},
      {"get_text", TEXT("\xa1x")},
      {"get_binary", TEXT("\xc4\x01x")},
      {"get_timestamp", TEXT("\xd6\xff\0\0\0\x01")},
      {"value_element", TEXT("\x91\x05")},
      {"value_member", TEXT("\x80")},
      {"value_iterate", TEXT("\x90")},
      {"", TEXT("\x05")},
  };
  session3_value value;
  size_t index = 0;
  while (strstr(name, values[index].part) == NULL) index++;
  assert_ok(session3_value_parse(values[index].bytes, values[index].length, &value, NULL));
  return value;
}

/** A request of a session that is stored, with somebody logged in. */
static void make_request(struct arguments *all, const char *name) {
  session3_session *session = NULL;
  assert_ok(session3_manager_new(all->store, NULL, &all->manager, NULL));
  assert_ok(session3_manager_start_request(all->manager, TEXT("session3=" ALICE), NULL, 0,
                                           &all->request, NULL));
  assert_ok(session3_request_session(all->request, &session, NULL));
  assert_ok(session3_session_set_user_text(session, TEXT("user"), NULL));
  if (strcmp(name, "session3_request_set_cookie") == 0)
    assert_ok(session3_request_finish_successful(all->request, NULL));
}

static void make_arguments(struct arguments *all, const struct prototype *prototype) {
  session3_value array;
  memset(all, 0, sizeof *all);
  memset(all->outs, UNTOUCHED, sizeof all->outs);
  make_directory(all->path);
  assert_ok(session3_store_open_memory(NULL, &all->store, NULL));
  create_session(all->store, ALICE, "k", "v");
  all->loaded = load_session(all->store, ALICE);
  all->value = value_for(prototype->name);
  assert_ok(session3_session_set(all->loaded, TEXT(ALICE), &all->value, NULL));
  assert_ok(session3_session_set_user_text(all->loaded, TEXT("user"), NULL));
  assert_ok(session3_session_set_remote_address(all->loaded, TEXT("address"), NULL));
  all->fresh = new_session(BOB);
  make_request(all, prototype->name);
  assert_ok(session3_writer_new(&all->writer, NULL));
  assert_ok(session3_store_iterate(all->store, &all->iterator, NULL));
  assert_ok(session3_value_parse(TEXT("\x92\x05\x06"), &array, NULL));
  assert_ok(session3_value_iterate(&array, &all->value_iterator, NULL));
  all->callbacks = (session3_store_callbacks){.size = sizeof all->callbacks,
                                              .read = read_nothing,
                                              .write = write_nothing,
                                              .remove = remove_nothing,
                                              .touch = touch_nothing,
                                              .ids = list_nothing};
  all->snapshot = (session3_snapshot)SESSION3_SNAPSHOT_INIT;
  if (strcmp(prototype->name, "session3_store_renew_encoded") == 0 ||
      strcmp(prototype->name, "session3_store_delete_encoded") == 0 ||
      strcmp(prototype->name, "session3_store_delete_user_sessions_encoded") == 0)
    all->snapshot = snapshot_of(all->store, ALICE);
  all->buffer = (session3_buffer)SESSION3_BUFFER_INIT;
  all->version.size = sizeof all->version;
  all->info.size = sizeof all->info;
  all->statistics.size = sizeof all->statistics;
  all->error = (session3_error)SESSION3_ERROR_INIT;
}

/** Releases the arguments, and what the call handed out. */
static void release_arguments(struct arguments *all, const struct prototype *prototype) {
  for (size_t index = 0; prototype->parameters[index] != 0; index++) {
    if (prototype->parameters[index] != 'O' || all->handles[index] == NULL)
      continue;
    if (strstr(prototype->name, "store_open") != NULL)
      session3_store_free(all->handles[index]);
    if (strstr(prototype->name, "store_iterate") != NULL) {
      session3_iterator_free(all->handles[index]);
    }
    if (strstr(prototype->name, "writer_new") != NULL)
      session3_writer_free(all->handles[index]);
    if (strstr(prototype->name, "session_new") != NULL ||
        strstr(prototype->name, "iterator_next") != NULL ||
        strstr(prototype->name, "store_load") != NULL) {
      session3_session_free(all->handles[index]);
    }
    if (strstr(prototype->name, "manager_new") != NULL)
      session3_manager_free(all->handles[index]);
    if (strstr(prototype->name, "manager_start_request") != NULL)
      session3_request_free(all->handles[index]);
  }
  session3_request_free(all->request);
  session3_manager_free(all->manager);
  session3_iterator_free(all->iterator);
  session3_writer_free(all->writer);
  session3_session_free(all->loaded);
  session3_store_free(all->store);
  session3_session_free(all->fresh);
  session3_buffer_dispose(&all->buffer);
  remove_directory(all->path);
}

static void *pointer_for(struct arguments *all, char parameter, size_t index) {
  static char id[] = ALICE, bytes[] = "\x80";
  switch (parameter) {
  case 'T':
    return all->store;
  case 'S':
    return all->loaded;
  case 'G':
    return all->fresh;
  case 'W':
    return all->writer;
  case 'I':
    return all->iterator;
  case 'H':
    return all->manager;
  case 'R':
    return all->request;
  case 'q':
    return &all->position;
  case 'V':
  case 'w':
    return &all->value;
  case 'K':
    return &all->value_iterator;
  case 'C':
    return &all->callbacks;
  case 'N':
  case 'E':
    return &all->snapshot;
  case 'B':
    return &all->buffer;
  case 'A':
    return &all->version;
  case 'Q':
    return &all->info;
  case 't':
    return &all->statistics;
  case 'k':
  case 'n':
    return id;
  case 'y':
  case 'Y':
    return bytes;
  case 'f':
    return all->path;
  case 'o':
  case 'p':
    return all->outs[index];
  case 'O':
  case 'h':
    all->handles[index] = &all->handles;
    return &all->handles[index];
  case 'e':
    return &all->error;
  default:
    return NULL; /* options and contexts */
  }
}

/** The length that goes with the text or the bytes before it, or the capacity of an out. */
static uint64_t length_of(const struct arguments *all, const char *parameters, size_t index) {
  char before = parameters[index - 1];
  if (all->pointers[index - 1] == NULL)
    return may_be_null(before) ? 0 : 5;
  if (before == 'y' || before == 'Y')
    return 1;
  if (before == 'o')
    return sizeof all->outs[0];
  return before == 'V' ? 0 : strlen(all->pointers[index - 1]);
}

/** Calls a function with its argument at null_index NULL; -1 for none. */
static ffi_arg call(const struct prototype *prototype, struct arguments *all, int null_index) {
  struct prepared prepared;
  ffi_arg result = 0;
  if (!prepare(&prepared, prototype))
    fail_msg("%s can't be called", prototype->name);
  for (size_t index = 0; prototype->parameters[index] != 0; index++) {
    char parameter = prototype->parameters[index];
    bool is_null = (int)index == null_index;
    all->pointers[index] = is_null ? NULL : pointer_for(all, parameter, index);
    if (parameter == 'z')
      all->numbers[index].natural = length_of(all, prototype->parameters, index);
    if (parameter == 'U' && strstr(prototype->name, "expire_user_sessions") != NULL)
      all->numbers[index].small = SESSION3_EXPIRE_OTHERS;
    if (parameter == 'd')
      all->numbers[index].real = 1e9;
    if (parameter == 'i')
      all->numbers[index].integer = INT64_C(1000000000000);
    all->slots[index] =
        is_pointer(parameter) ? (void *)&all->pointers[index] : (void *)&all->numbers[index];
  }
  ffi_call(&prepared.cif, prepared.function, &result, all->slots);
  return result;
}

/** A call with good arguments: what the others are compared with. */
static int32_t status_of_whole_call(const struct prototype *prototype) {
  struct arguments all;
  make_arguments(&all, prototype);
  ffi_arg result = call(prototype, &all, -1);
  release_arguments(&all, prototype);
  return (int32_t)result;
}

static void fail_at(const struct prototype *prototype, size_t index, const char *what) {
  fail_msg("%s with argument %zu NULL: %s", prototype->name, index + 1, what);
}

/** What must hold after a call whose required argument at null_index was NULL. */
static void check_refusal(const struct prototype *prototype, struct arguments *all,
                          size_t null_index, ffi_arg result) {
  if (prototype->result == 'v')
    return;
  if (prototype->result != 's') {
    bool is_false = prototype->result == 'b' ? (uint8_t)result == 0 : result == 0;
    if (!is_false)
      fail_at(prototype, null_index, "is not 0");
    return;
  }
  if ((int32_t)result != SESSION3_E_INVALID)
    fail_at(prototype, null_index, "is no E_INVALID");
  bool is_told = all->error.status == SESSION3_E_INVALID && all->error.message[0] != 0;
  if (strchr(prototype->parameters, 'e') != NULL && !is_told) {
    fail_at(prototype, null_index, "the error was not filled");
  }
  for (size_t index = 0; prototype->parameters[index] != 0; index++) {
    if (strchr("Oh", prototype->parameters[index]) != NULL && index != null_index &&
        all->handles[index] != NULL) {
      fail_at(prototype, null_index, "the handle out is not NULL");
    }
    for (size_t byte = 0; byte < sizeof all->outs[0]; byte++) {
      if (all->outs[index][byte] != UNTOUCHED)
        fail_at(prototype, null_index, "an out was written");
    }
  }
}

static void each_pointer_that_is_needed_is_checked(void **state) {
  (void)state;
  int calls = 0;
  for (size_t function = 0; function < prototype_count; function++) {
    const struct prototype *prototype = &prototypes[function];
    for (size_t index = 0; prototype->parameters[index] != 0; index++) {
      char parameter = prototype->parameters[index];
      bool needs_list = prototype->parameters[0] == 'L' && index > 0;
      if (!is_pointer(parameter) || may_be_null(parameter) || needs_list)
        continue;
      struct arguments all;
      make_arguments(&all, prototype);
      check_refusal(prototype, &all, index, call(prototype, &all, (int)index));
      release_arguments(&all, prototype);
      calls++;
    }
  }
  print_message("%d calls with a NULL that is refused\n", calls);
  assert_true(calls > 200);
}

static void each_pointer_that_may_be_null_is_not_missed(void **state) {
  (void)state;
  int calls = 0;
  for (size_t function = 0; function < prototype_count; function++) {
    const struct prototype *prototype = &prototypes[function];
    if (prototype->result != 's' || prototype->parameters[0] == 'L')
      continue;
    int32_t whole = status_of_whole_call(prototype);
    if (whole == SESSION3_E_INVALID)
      fail_msg("%s refuses good arguments", prototype->name);
    for (size_t index = 0; prototype->parameters[index] != 0; index++) {
      if (!is_pointer(prototype->parameters[index]))
        continue;
      if (!may_be_null(prototype->parameters[index]))
        continue;
      struct arguments all;
      make_arguments(&all, prototype);
      int32_t status = (int32_t)call(prototype, &all, (int)index);
      release_arguments(&all, prototype);
      if (status != whole)
        fail_at(prototype, index, "changes the answer");
      calls++;
    }
  }
  print_message("%d calls with a NULL that is allowed\n", calls);
  assert_true(calls > 100);
}

static void a_handle_that_is_null_is_released_as_nothing(void **state) {
  (void)state;
  session3_session_free(NULL);
  session3_store_free(NULL);
  session3_iterator_free(NULL);
  session3_manager_free(NULL);
  session3_request_free(NULL);
  session3_writer_free(NULL);
  session3_writer_reset(NULL);
  session3_buffer_dispose(NULL);
}

static void the_table_holds_every_exported_function(void **state) {
  (void)state;
  char line[128];
  size_t count = 0;
  FILE *symbols = fopen(SYMBOLS, "r");
  if (symbols == NULL) {
    fail_msg("%s can't be read", SYMBOLS);
    return;
  }
  while (fscanf(symbols, "%127s", line) == 1) {
    bool is_known = false;
    for (size_t index = 0; index < prototype_count; index++) {
      is_known = is_known || strcmp(prototypes[index].name, line) == 0;
    }
    if (!is_known)
      fail_msg("%s is not in the table of prototypes", line);
    count++;
  }
  fclose(symbols);
  assert_int_equal(count, prototype_count);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_table_holds_every_exported_function),
      cmocka_unit_test(each_pointer_that_is_needed_is_checked),
      cmocka_unit_test(each_pointer_that_may_be_null_is_not_missed),
      cmocka_unit_test(a_handle_that_is_null_is_released_as_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
