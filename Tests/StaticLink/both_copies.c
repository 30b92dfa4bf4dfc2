/* SPDX-License-Identifier: MIT */
/*
 * usage: both_copies LIBRARY
 * A host with a static copy of the library that loads a plug-in linked with the shared one: two
 * copies in one process, used in turn on one directory. Each must keep to its own functions and
 * honour the other's locks.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <session3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 500 };
static const char id[] = "shared-by-two-copies";

#define REQUIRE(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      exit(1); \
    } \
  } while (0)

/* The functions of one copy. */
typedef struct {
  const char *name;
  __typeof__(session3_store_open_directory) *open_directory;
  __typeof__(session3_store_free) *store_free;
  __typeof__(session3_session_new) *session_new;
  __typeof__(session3_session_free) *session_free;
  __typeof__(session3_session_get_int) *get_int;
  __typeof__(session3_session_set_int) *set_int;
  __typeof__(session3_store_load) *load;
  __typeof__(session3_store_save) *save;
  __typeof__(session3_store_increment) *increment;
  __typeof__(session3_store_delete) *delete;
} library_copy;

typedef struct {
  const library_copy *copy;
  session3_store *store;
} side;

static library_copy static_copy(void) {
  return (library_copy){.name = "static",
                        .open_directory = session3_store_open_directory,
                        .store_free = session3_store_free,
                        .session_new = session3_session_new,
                        .session_free = session3_session_free,
                        .get_int = session3_session_get_int,
                        .set_int = session3_session_set_int,
                        .load = session3_store_load,
                        .save = session3_store_save,
                        .increment = session3_store_increment,
                        .delete = session3_store_delete};
}

/* POSIX lets dlsym(3) answer functions as data pointers; C wants the detour. */
static void find(void *library, const char *name, void *function) {
  void *found = dlsym(library, name);
  REQUIRE(found);
  memcpy(function, &found, sizeof found);
}

static library_copy shared_copy(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library);
  library_copy copy = {.name = "shared"};
  find(library, "session3_store_open_directory", &copy.open_directory);
  find(library, "session3_store_free", &copy.store_free);
  find(library, "session3_session_new", &copy.session_new);
  find(library, "session3_session_free", &copy.session_free);
  find(library, "session3_session_get_int", &copy.get_int);
  find(library, "session3_session_set_int", &copy.set_int);
  find(library, "session3_store_load", &copy.load);
  find(library, "session3_store_save", &copy.save);
  find(library, "session3_store_increment", &copy.increment);
  find(library, "session3_store_delete", &copy.delete);
  return copy;
}

static side open_side(const library_copy *copy, const char *directory) {
  side opened = {.copy = copy};
  session3_error error = SESSION3_ERROR_INIT;
  if (copy->open_directory(directory, strlen(directory), NULL, &opened.store, &error) < 0) {
    fprintf(stderr, "%s copy: %s\n", copy->name, error.message);
    exit(1);
  }
  return opened;
}

/* Loads what the other side saved, and saves one more. */
static void add_one(side turn, int64_t expected) {
  const library_copy *copy = turn.copy;
  session3_session *session = NULL;
  int64_t count = -1;
  REQUIRE(copy->load(turn.store, id, strlen(id), &session, NULL) == SESSION3_OK);
  REQUIRE(copy->get_int(session, "count", 5, &count, NULL) == SESSION3_OK);
  REQUIRE(count == expected);
  REQUIRE(copy->set_int(session, "count", 5, count + 1, NULL) == SESSION3_OK);
  REQUIRE(copy->save(turn.store, session, SESSION3_SAVE_FAIL, NULL) == SESSION3_OK);
  copy->session_free(session);
}

static void *increment_at_once(void *argument) {
  const side *runner = argument;
  for (int round = 0; round < ROUNDS; round++)
    REQUIRE(runner->copy->increment(runner->store, id, strlen(id), "count", 5, 1, NULL, NULL) ==
            SESSION3_OK);
  return NULL;
}

int main(int argc, char **argv) {
  REQUIRE(argc == 2);
  char directory[] = "/tmp/session3-both-XXXXXX";
  REQUIRE(mkdtemp(directory));
  library_copy copies[2] = {static_copy(), shared_copy(argv[1])};
  REQUIRE(copies[0].load != copies[1].load);
  side sides[2] = {open_side(&copies[0], directory), open_side(&copies[1], directory)};

  session3_session *session = NULL;
  REQUIRE(copies[0].session_new(id, strlen(id), &session, NULL) == SESSION3_OK);
  REQUIRE(copies[0].set_int(session, "count", 5, 0, NULL) == SESSION3_OK);
  REQUIRE(copies[0].save(sides[0].store, session, SESSION3_SAVE_DEFAULT, NULL) == SESSION3_OK);
  copies[0].session_free(session);

  for (int64_t round = 0; round < ROUNDS; round++) add_one(sides[round % 2], round);

  pthread_t threads[2];
  for (int index = 0; index < 2; index++)
    REQUIRE(pthread_create(&threads[index], NULL, increment_at_once, &sides[index]) == 0);
  for (int index = 0; index < 2; index++) REQUIRE(pthread_join(threads[index], NULL) == 0);
  add_one(sides[0], (int64_t)3 * ROUNDS);

  REQUIRE(copies[1].delete(sides[1].store, id, strlen(id), NULL) == SESSION3_OK);
  REQUIRE(copies[0].load(sides[0].store, id, strlen(id), &session, NULL) == SESSION3_NOT_FOUND);
  for (int index = 0; index < 2; index++) copies[index].store_free(sides[index].store);
  REQUIRE(chdir(directory) == 0 && unlink(".session3") == 0 && rmdir(directory) == 0);
  printf("%d saves in turn and %d increments at once, by two copies: none lost\n", ROUNDS + 1,
         2 * ROUNDS);
  return 0;
}
