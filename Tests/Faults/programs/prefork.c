/* SPDX-License-Identifier: MIT */
/* A server that forks while its threads are amid calls of all kinds:
 *   prefork directory|memory PLACE FORKS SEED PATIENCE
 * Each child works at once with what it inherited: the store, a manager, a loaded session, a request
 * under way, an iterator amid its walk. Some then stay, idle, until the server is done; some have
 * children of their own; some start threads, fork, and are killed amid their calls. A call that waits
 * for a lock, and a child that hangs, fail after PATIENCE seconds. Prints what was done, or says what
 * is wrong. */
#include "prefork_store.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define THREADS 3

static _Atomic bool is_paused;
static _Atomic int resting;
static _Atomic bool is_over;

static void *work_all_the_while(void *argument) {
  struct worker worker = {.seed = *(const uint64_t *)argument};
  while (!atomic_load(&is_over)) {
    if (!atomic_load(&is_paused)) {
      work(&worker);
      continue;
    }
    atomic_fetch_add(&resting, 1);
    while (atomic_load(&is_paused)) usleep(200);
    atomic_fetch_sub(&resting, 1);
  }
  return NULL;
}

static void start_threads(pthread_t threads[THREADS], uint64_t *seed) {
  static uint64_t seeds[THREADS];
  for (int index = 0; index < THREADS; index++) {
    seeds[index] = random_below(seed, UINT64_MAX);
    if (pthread_create(&threads[index], NULL, work_all_the_while, &seeds[index]) != 0)
      fail("no thread");
  }
}

/** What the parent had under way when it forked. */
struct inherited {
  session3_session *session;
  session3_request *request;
  session3_iterator *iterator;
  int seen[STABLE];
};

static void inherit(struct inherited *inherited, uint64_t *seed) {
  session3_error error = SESSION3_ERROR_INIT;
  *inherited = (struct inherited){.request = begin_login()};
  check(s3_load(store, "stable-0", &inherited->session, &error), "load", &error);
  check(session3_store_iterate(store, &inherited->iterator, &error), "iterate", &error);
  walk(inherited->iterator, (int)random_below(seed, STABLE), inherited->seen);
}

static void disinherit(struct inherited *inherited) {
  session3_session_free(inherited->session);
  session3_request_free(inherited->request);
  session3_iterator_free(inherited->iterator);
}

/** Goes on with what the parent had begun, and then works. */
static void be_child(struct inherited *inherited, struct worker *worker) {
  char id[64];
  session3_error error = SESSION3_ERROR_INIT;
  alarm(patience_s);
  atomic_fetch_add(&shared->leaked, open_sessions());
  check(s3_set_int(inherited->session, "child", getpid(), &error), "set", &error);
  check(s3_save(store, inherited->session, &error), "save what was inherited", &error);
  finish(inherited->request, id);
  note_id(id);
  check(s3_delete(store, id, &error), "delete", &error);
  while (walk(inherited->iterator, 1, inherited->seen)) {
  }
  check_seen(inherited->seen);
  session3_iterator_free(inherited->iterator);
  for (int call = 0; call < CALLS_OF_A_CHILD; call++) work(worker);
  walk_all();
  delete_own(worker);
}

static void require_success(pid_t child) {
  int status;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail("a child ended by status %x", (unsigned)status);
}

/** Forks a child that works, and is waited for. */
static void have_child(struct worker *worker) {
  struct inherited inherited;
  inherit(&inherited, &worker->seed);
  pid_t child = fork();
  if (child == 0) {
    worker->seed ^= (uint64_t)getpid();
    worker->own[0] = '\0';
    be_child(&inherited, worker);
    _exit(0);
  }
  disinherit(&inherited);
  require_success(child);
}

/** Forks a child amid the calls of threads, and is killed with them; the child saves everything. */
static _Noreturn void die_busy(struct worker *worker) {
  pthread_t threads[THREADS];
  start_threads(threads, &worker->seed);
  usleep((useconds_t)random_below(&worker->seed, 3000));
  pid_t child = fork();
  if (child == 0) {
    alarm(patience_s);
    // The parent, which does not wait, is gone by now, or goes meanwhile.
    usleep(1000);
    worker->own[0] = '\0';
    for (int index = 0; index < STABLE; index++) {
      char id[64];
      snprintf(id, sizeof id, "stable-%d", index);
      save(id, index);
    }
    for (int call = 0; call < CALLS_OF_A_CHILD; call++) work(worker);
    delete_own(worker);
    atomic_fetch_add(&shared->orphans, 1);
    _exit(0);
  }
  usleep((useconds_t)random_below(&worker->seed, 500));
  kill(getpid(), SIGKILL);
  _exit(1);
}

/** Forks one child, which ends in one of four ways; its process, if it is to be waited for. */
static pid_t fork_one(int number, uint64_t *seed, const int until[2]) {
  char byte;
  struct inherited inherited;
  struct worker worker = {.seed = random_below(seed, UINT64_MAX)};
  inherit(&inherited, seed);
  usleep((useconds_t)random_below(seed, 1000));
  pid_t child = fork();
  if (child < 0)
    fail("no child");
  if (child > 0) {
    disinherit(&inherited);
    return child;
  }
  close(until[1]);
  be_child(&inherited, &worker);
  if (number % 4 == 1)
    have_child(&worker);
  if (number % 4 == 2)
    die_busy(&worker);
  alarm(0);
  if (number % 4 == 3)
    atomic_fetch_add(&shared->idle, 1);
  while (number % 4 == 3 && read(until[0], &byte, 1) > 0) {
  }
  _exit(0);
}

/** Lets the threads rest, and waits for those that nobody waits for: orphans, and children that
 * stay. */
static void pause_all(long orphans, long idle) {
  int64_t until_ns = now_ns() + (int64_t)patience_s * 1000000000;
  atomic_store(&is_paused, true);
  while (atomic_load(&resting) < THREADS || atomic_load(&shared->orphans) < orphans ||
         atomic_load(&shared->idle) < idle) {
    if (now_ns() > until_ns)
      fail("of %ld orphans %ld are through, of %ld children %ld, of %d threads %d", orphans,
           atomic_load(&shared->orphans), idle, atomic_load(&shared->idle), THREADS,
           atomic_load(&resting));
    usleep(1000);
  }
}

/** Forks so many children, not too many at once, while threads work. */
static void fork_all(int forks, uint64_t *seed) {
  static pid_t children[1 << 16];
  int until[2];
  if (forks > 1 << 16 || pipe(until) != 0)
    fail("no pipe");
  for (int number = 0; number < forks; number++) {
    children[number] = fork_one(number, seed, until);
    if (number % 4 == 2) {
      waitpid(children[number], NULL, 0);
    } else if (number % 4 != 3) {
      require_success(children[number]);
    }
    // Those that stay are the last forty, so that no thousands of processes stand around.
    if (number % 160 == 159 || number == forks - 1) {
      pause_all((number + 2) / 4, (number + 1) / 4);
      check_locks();
      atomic_store(&is_paused, false);
      close(until[1]);
      for (int other = number / 160 * 160; other <= number; other++) {
        if (other % 4 == 3)
          require_success(children[other]);
      }
      close(until[0]);
      if (pipe(until) != 0)
        fail("no pipe");
    }
  }
}

int main(int count, char **arguments) {
  pthread_t threads[THREADS];
  int status;
  if (count != 6)
    fail("usage: prefork directory|memory PLACE FORKS SEED PATIENCE");
  is_directory = strcmp(arguments[1], "directory") == 0;
  place = arguments[2];
  uint64_t seed = number_of(arguments[4]);
  patience_s = (unsigned)number_of(arguments[5]);
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
    fail("no way to wait for orphans");
  open_all();
  start_threads(threads, &seed);
  fork_all((int)number_of(arguments[3]), &seed);
  atomic_store(&is_over, true);
  for (int index = 0; index < THREADS; index++) pthread_join(threads[index], NULL);
  while (wait(&status) > 0) {
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
      fail("an orphan ended by status %x", (unsigned)status);
  }
  check_count();
  printf("{\"calls\": %ld, \"ids\": %zu, \"orphans\": %ld, \"leaked\": %ld}\n",
         atomic_load(&shared->calls), check_ids(), atomic_load(&shared->orphans),
         atomic_load(&shared->leaked));
  return 0;
}
