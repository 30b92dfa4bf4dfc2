/* SPDX-License-Identifier: MIT */
/* A server whose own fork handlers use the store, and that forks while its threads do:
 *   prefork_handlers first|last PLACE FORKS SEED PATIENCE
 * first: its handlers were there before the library's, as with a host that loads the library later:
 * its prepare handler runs after the library's, and its handlers in parent and child before them.
 * last: the other way round. Prints what was done, or says what is wrong. */
#include "prefork_store.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/wait.h>

#define THREADS 3
#define CALLS_OF_A_HANDLER 4

static _Atomic bool is_over;
static _Atomic bool is_ready;
static struct worker handler;
static long handled;

/** Loads and saves what threads use, too, and sessions of its own. */
static void use_store(void) {
  char id[64];
  session3_error error = SESSION3_ERROR_INIT;
  if (!atomic_load(&is_ready))
    return;
  for (int call = 0; call < CALLS_OF_A_HANDLER; call++) {
    snprintf(id, sizeof id, "stable-%d", (int)random_below(&handler.seed, STABLE));
    save(id, call);
    increment();
    use_own(&handler, 2 + random_below(&handler.seed, 2));
  }
  check(session3_id_generate(id, &error), "id", &error);
  note_id(id);
  delete_own(&handler);
  handled++;
}

static void prepare(void) { use_store(); }

static void be_parent(void) { use_store(); }

static void be_child(void) {
  alarm(patience_s);
  use_store();
}

/* What pthread_atfork(3) calls, for the library as for this program: to see who came first. */
static bool is_registered;
static bool is_library_later;

int __register_atfork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void),
                      void *object) {
  int (*next)(void (*)(void), void (*)(void), void (*)(void), void *);
  void *symbol = dlsym(RTLD_NEXT, "__register_atfork");
  if (symbol == NULL)
    fail("no __register_atfork");
  memcpy(&next, &symbol, sizeof symbol);
  is_registered |= before == prepare;
  is_library_later |= is_registered && before != prepare;
  return next(before, in_parent, in_child, object);
}

static void register_handlers(void) {
  if (pthread_atfork(prepare, be_parent, be_child) != 0)
    fail("no fork handlers");
}

/** Runs before the constructors of any library. */
static void register_first(int count, char **arguments) {
  if (count > 1 && strcmp(arguments[1], "first") == 0)
    register_handlers();
}

__attribute__((section(".preinit_array"),
               used)) static void (*const register_early)(int, char **) = register_first;

static void *work_all_the_while(void *argument) {
  struct worker worker = {.seed = *(const uint64_t *)argument};
  while (!atomic_load(&is_over)) work(&worker);
  return NULL;
}

/** Forks a child that has its handler behind it, and works on. */
static void fork_one(uint64_t *seed) {
  int status = -1;
  struct worker worker = {.seed = random_below(seed, UINT64_MAX)};
  long before = handled;
  usleep((useconds_t)random_below(seed, 1000));
  pid_t child = fork();
  if (handled != before + 2)
    fail("the handlers did not run");
  if (child == 0) {
    for (int call = 0; call < CALLS_OF_A_CHILD; call++) work(&worker);
    delete_own(&worker);
    _exit(0);
  }
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
    fail("a child ended by status %x", (unsigned)status);
}

int main(int count, char **arguments) {
  pthread_t threads[THREADS];
  uint64_t seeds[THREADS];
  if (count != 6)
    fail("usage: prefork_handlers first|last PLACE FORKS SEED PATIENCE");
  is_directory = true;
  place = arguments[2];
  uint64_t seed = number_of(arguments[4]);
  patience_s = (unsigned)number_of(arguments[5]);
  if (!is_registered)
    register_handlers();
  if (is_library_later != (strcmp(arguments[1], "first") == 0))
    fail("the fork handlers are not in the order that was asked for");
  open_all();
  handler.seed = random_below(&seed, UINT64_MAX);
  for (int index = 0; index < THREADS; index++) {
    seeds[index] = random_below(&seed, UINT64_MAX);
    if (pthread_create(&threads[index], NULL, work_all_the_while, &seeds[index]) != 0)
      fail("no thread");
  }
  atomic_store(&is_ready, true);
  long forks = (long)number_of(arguments[3]);
  for (long number = 0; number < forks; number++) {
    alarm(patience_s);
    fork_one(&seed);
  }
  atomic_store(&is_over, true);
  for (int index = 0; index < THREADS; index++) pthread_join(threads[index], NULL);
  check_locks();
  if (open_sessions() != 0)
    fail("descriptors are left");
  check_count();
  printf("{\"calls\": %ld, \"ids\": %zu, \"increments\": %ld, \"handled\": %ld}\n",
         atomic_load(&shared->calls), check_ids(), atomic_load(&shared->done), handled + forks);
  return 0;
}
