/* SPDX-License-Identifier: MIT */
/* A server of which a signal's handler forks, at random moments of its calls, while other threads
 * work: prefork_signals PLACE FORKS SEED PATIENCE
 * The calls that are interrupted are none that give a session another id: amid those a thread holds
 * a mutex for which its own fork would wait. A child uses the store at once, in the handler, or is
 * gone at once. Its parent goes on with its call. No handler forks amid malloc(3), where fork(2)
 * itself would hang. Prints what was done, or says what is wrong. */
#include "prefork_store.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define THREADS 2
#define LIMIT_NS 300000

static _Atomic bool is_over;

/* Memory: whether the thread is amid a call of it. */

static _Thread_local volatile sig_atomic_t allocating;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

void *malloc(size_t size) {
  allocating++;
  void *block = __libc_malloc(size);
  allocating--;
  return block;
}

void *calloc(size_t count, size_t size) {
  allocating++;
  void *block = __libc_calloc(count, size);
  allocating--;
  return block;
}

void *realloc(void *block, size_t size) {
  allocating++;
  void *moved = __libc_realloc(block, size);
  allocating--;
  return moved;
}

int posix_memalign(void **out, size_t alignment, size_t size) {
  allocating++;
  *out = __libc_memalign(alignment, size);
  allocating--;
  return *out != NULL ? 0 : ENOMEM;
}

void free(void *block) {
  allocating++;
  __libc_free(block);
  allocating--;
}

/* What the handler did. */

static volatile sig_atomic_t is_forking; /* the thread of the handler */
static volatile sig_atomic_t sleeps;
static volatile sig_atomic_t was_called;
static volatile pid_t child;
static struct worker of_child;
static long in_vain, amid_sections;

/** The library sleeps a hundred times where a fork waits for what its own thread has begun. */
int nanosleep(const struct timespec *time, struct timespec *rest) {
  sleeps += is_forking;
  return (int)syscall(SYS_nanosleep, time, rest);
}

static _Noreturn void be_child(void) {
  session3_error error = SESSION3_ERROR_INIT;
  char id[64];
  alarm(patience_s);
  if (random_below(&of_child.seed, 4) == 0)
    _exit(0);
  snprintf(id, sizeof id, "stable-%d", (int)random_below(&of_child.seed, STABLE));
  save(id, getpid());
  increment();
  use_own(&of_child, 0);
  use_own(&of_child, 2);
  check(session3_id_generate(id, &error), "id", &error);
  note_id(id);
  delete_own(&of_child);
  _exit(0);
}

static void fork_here(int number) {
  int error = errno;
  (void)number;
  was_called = 1;
  if (allocating == 0) {
    sleeps = 0;
    is_forking = 1;
    child = fork();
    is_forking = 0;
    if (child == 0)
      be_child();
  }
  errno = error;
}

/** Lets the signal come to this thread at a random time. */
static void be_interrupted(uint64_t *seed) {
  static timer_t timer;
  static bool is_made;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
  event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
  struct itimerspec when = {.it_value.tv_nsec = 1 + (long)random_below(seed, LIMIT_NS)};
  if (!is_made && timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
    fail("no timer");
  is_made = true;
  child = -1;
  was_called = 0;
  timer_settime(timer, 0, &when, NULL);
}

/** Saves a session that nobody else does, which is as it was saved last. */
static void save_again(void) {
  static int64_t saved;
  S3_AUTO_SESSION(session);
  session3_error error = SESSION3_ERROR_INIT;
  check(s3_load(store, "alone", &session, &error), "load", &error);
  if (s3_get_int(session, "value", 0) != saved)
    fail("a save was lost");
  check(s3_set_int(session, "value", saved + 1, &error), "set", &error);
  check(s3_save(store, session, &error), "save", &error);
  saved++;
}

static void create_alone(void) {
  S3_AUTO_SESSION(session);
  session3_error error = SESSION3_ERROR_INIT;
  check(session3_session_new("alone", 5, &session, &error), "new", &error);
  check(s3_save(store, session, &error), "save", &error);
}

/** What work() does, but for renewals, logins and logouts. */
static void work_plainly(struct worker *worker) {
  char id[64];
  uint64_t choice = random_below(&worker->seed, 100);
  snprintf(id, sizeof id, "stable-%d", (int)random_below(&worker->seed, STABLE));
  if (choice < 30)
    increment();
  else if (choice < 60)
    save(id, (int64_t)choice);
  else if (choice < 96)
    use_own(worker, choice % 2 * 2);
  else if (choice < 98)
    sweep();
  else
    walk_all();
  atomic_fetch_add(&shared->calls, 1);
}

/** Works until the handler came, and waits for its child; whether there was one. */
static bool fork_amid_work(struct worker *worker) {
  int status = -1;
  of_child.seed = random_below(&worker->seed, UINT64_MAX);
  of_child.own[0] = '\0';
  be_interrupted(&worker->seed);
  while (!was_called) {
    work_plainly(worker);
    save_again();
  }
  if (child < 0) {
    in_vain++;
    return false;
  }
  amid_sections += sleeps >= 100;
  if (waitpid(child, &status, 0) != child || status != 0)
    fail("a child ended by status %x", (unsigned)status);
  return true;
}

static void *work_all_the_while(void *argument) {
  struct worker worker = {.seed = *(const uint64_t *)argument};
  while (!atomic_load(&is_over)) {
    work(&worker);
    usleep(100);
  }
  return NULL;
}

int main(int count, char **arguments) {
  pthread_t threads[THREADS];
  uint64_t seeds[THREADS];
  if (count != 5)
    fail("usage: prefork_signals PLACE FORKS SEED PATIENCE");
  is_directory = true;
  place = arguments[1];
  struct worker worker = {.seed = number_of(arguments[3])};
  patience_s = (unsigned)number_of(arguments[4]);
  open_all();
  create_alone();
  for (int index = 0; index < THREADS; index++) {
    seeds[index] = random_below(&worker.seed, UINT64_MAX);
    if (pthread_create(&threads[index], NULL, work_all_the_while, &seeds[index]) != 0)
      fail("no thread");
  }
  struct sigaction action = {.sa_handler = fork_here, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
  for (long forks = 0, wanted = (long)number_of(arguments[2]); forks < wanted;) {
    alarm(patience_s);
    forks += fork_amid_work(&worker);
  }
  atomic_store(&is_over, true);
  for (int index = 0; index < THREADS; index++) pthread_join(threads[index], NULL);
  check_locks();
  if (open_sessions() != 0)
    fail("descriptors are left");
  check_count();
  printf("{\"calls\": %ld, \"ids\": %zu, \"increments\": %ld, \"amid\": %ld, \"in_vain\": %ld}\n",
         atomic_load(&shared->calls), check_ids(), atomic_load(&shared->done), amid_sections,
         in_vain);
  return 0;
}
