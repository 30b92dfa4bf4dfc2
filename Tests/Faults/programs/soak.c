/* SPDX-License-Identifier: MIT */
/* Does millions of mixed operations on one directory, from several threads of several processes, and
 * tells at even distances what each process holds:
 *
 *   process 0: 60000 operations, 5 descriptors, 123456 bytes of heap, 4567040 bytes resident, 61 files
 *
 * At a sample all threads of the process are between two operations, so that nothing is held but
 * what they share: the figures of a library that leaks nothing don't rise. With
 * GLIBC_TUNABLES=glibc.malloc.tcache_count=0 the heap is told to the byte. Ends with 1 if a call
 * answered what it must not.
 *
 * It can be asked to leak itself, which must be seen. */
#include "soak/soak.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAXIMUM 16
/** More than the store remembers, so that what it remembers has its full size. Left out of short
 * runs, whose subject is not how much is held. */
#define RENEWALS_BEFORE 600
#define SHORT_RUN 2000

/** The operations, each as many times in a thousand or so. */
static const struct {
  soak_operation *operation;
  uint32_t share;
} mix[] = {
    {load_and_save, 200},
    {load_only, 120},
    {increment, 200},
    {visit, 120},
    {grow, 40},
    {create_and_delete, 50},
    {pass_a_token, 40},
    {conflict, 40},
    {save_what_is_gone, 20},
    {renew_among_copies, 15},
    {save_encoded, 25},
    {build_values, 25},
    {log_in, 25},
    {log_out, 10},
    {fail_a_request, 15},
    {abandon_a_request, 15},
    {lose_the_cookie, 1},
    {ask_for_what_is_missing, 25},
    {pass_bad_ids, 20},
    {pass_bad_values, 15},
    {meet_damage, 3},
    {walk_all, 3},
    {walk_and_abandon, 15},
    {sweep, 3},
    {delete_a_user, 1},
    {open_and_close, 15},
    {fail_to_open, 5},
    {live_in_memory, 10},
};
#define MIX_COUNT (sizeof mix / sizeof mix[0])

/** What a process was asked to do. */
static struct {
  const char *directory;
  uint64_t operations; /**< of each thread between two samples */
  unsigned samples, threads, process;
  uint64_t seed;
  bool leaks; /**< bytes, descriptors and files, itself */
} plan;

static struct worker workers[THREADS_MAXIMUM];
static pthread_barrier_t barrier;

uint32_t pick(struct worker *worker, uint32_t limit) {
  uint64_t number = worker->random += UINT64_C(0x9E3779B97F4A7C15);
  number = (number ^ (number >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  number = (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
  return (uint32_t)((number ^ (number >> 31)) % limit);
}

void pick_shared(struct worker *worker, char name[NAME_SIZE]) {
  (void)snprintf(name, NAME_SIZE, "shared-%u", pick(worker, SHARED_SESSIONS));
}

void own_name(const struct worker *worker, char name[NAME_SIZE]) {
  (void)snprintf(name, NAME_SIZE, "own-%u", worker->number);
}

bool answers(struct worker *worker, uint32_t may, session3_status status, const char *call) {
  worker->operations++;
  if ((may & MAY(status)) == 0) {
    (void)fprintf(stderr, "seed %" PRIu64 ": %s: %s, %s\n", plan.seed, call,
                  session3_status_text(status), status < 0 ? worker->error.message : "");
    exit(1);
  }
  return status == SESSION3_OK;
}

/** Entries of a directory, but for this function's own descriptor. */
static unsigned count_entries(const char *path) {
  unsigned count = 0;
  DIR *directory = opendir(path);
  while (directory != NULL && readdir(directory) != NULL) count++;
  if (directory != NULL)
    closedir(directory);
  return count;
}

static size_t resident_bytes(void) {
  char text[128] = "";
  size_t pages = 0;
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file >= 0 && read(file, text, sizeof text - 1) > 0)
    pages = strtoul(strchr(text, ' '), NULL, 10);
  close(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/** While all threads wait. */
static void tell_sample(void) {
  uint64_t operations = 0;
  for (unsigned index = 0; index < plan.threads; index++) operations += workers[index].operations;
  struct mallinfo2 heap = mallinfo2();
  unsigned descriptors = count_entries("/proc/self/fd") - 3;
  unsigned files = count_entries(plan.directory) - 2;
  dprintf(STDOUT_FILENO,
          "process %u: %" PRIu64 " operations, %u descriptors, %zu bytes of heap, %zu bytes "
          "resident, %u files\n",
          plan.process, operations, descriptors, heap.uordblks + heap.hblkhd, resident_bytes(),
          files);
}

/** What must be seen, once in a hundred operations or so. */
static void leak(struct worker *worker) {
  static void *volatile lost __attribute__((used));
  char path[512];
  lost = malloc(16);
  (void)!dup(STDERR_FILENO);
  (void)snprintf(path, sizeof path, "%s/.grow-%08x", plan.directory, pick(worker, UINT32_MAX));
  close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static void do_one(struct worker *worker) {
  uint32_t total = 0, number;
  for (size_t index = 0; index < MIX_COUNT; index++) total += mix[index].share;
  number = pick(worker, total);
  size_t index = 0;
  while (number >= mix[index].share) number -= mix[index++].share;
  mix[index].operation(worker);
  if (plan.leaks && pick(worker, 30) == 0)
    leak(worker);
}

static void *work(void *argument) {
  struct worker *worker = argument;
  for (size_t index = 0; index < MIX_COUNT; index++) mix[index].operation(worker);
  if (worker->number % plan.threads == 0 && plan.operations * plan.samples > SHORT_RUN)
    for (int count = 0; count < RENEWALS_BEFORE; count++) renew_among_copies(worker);
  worker->operations = 0;
  for (unsigned sample = 1; sample <= plan.samples; sample++) {
    while (worker->operations < plan.operations * sample) do_one(worker);
    pthread_barrier_wait(&barrier);
    if (worker->number % plan.threads == 0)
      tell_sample();
    pthread_barrier_wait(&barrier);
  }
  return NULL;
}

/** One process: a store and a manager for all of its threads. */
static int soak(void) {
  pthread_t threads[THREADS_MAXIMUM];
  S3_AUTO_STORE(store);
  S3_AUTO_MANAGER(manager);
  session3_error error = SESSION3_ERROR_INIT;
  if (s3_check("open", s3_open(plan.directory, &store, &error), &error) < 0 ||
      s3_check("manager", session3_manager_new(store, NULL, &manager, &error), &error) < 0)
    return 1;
  pthread_barrier_init(&barrier, NULL, plan.threads);
  for (unsigned index = 0; index < plan.threads; index++) {
    unsigned number = plan.process * plan.threads + index;
    workers[index] = (struct worker){.directory = plan.directory,
                                     .store = store,
                                     .manager = manager,
                                     .random = plan.seed + ((uint64_t)number << 32),
                                     .number = number,
                                     .error = SESSION3_ERROR_INIT};
    if (pthread_create(&threads[index], NULL, work, &workers[index]) != 0)
      return 1;
  }
  for (unsigned index = 0; index < plan.threads; index++) pthread_join(threads[index], NULL);
  pthread_barrier_destroy(&barrier);
  return 0;
}

static unsigned number(const char *text) { return (unsigned)strtoul(text, NULL, 10); }

int main(int argc, char **argv) {
  if (argc < 7 || number(argv[5]) > THREADS_MAXIMUM || number(argv[5]) == 0) {
    (void)fputs("soak DIRECTORY SEED OPERATIONS PROCESSES THREADS SAMPLES [LEAK]\n", stderr);
    return 2;
  }
  unsigned processes = number(argv[4]);
  int failed = 0, status = 0;
  plan.directory = argv[1];
  plan.seed = strtoull(argv[2], NULL, 10);
  plan.threads = number(argv[5]);
  plan.samples = number(argv[6]);
  plan.operations =
      strtoull(argv[3], NULL, 10) / ((uint64_t)processes * plan.threads * plan.samples);
  plan.leaks = argc > 7;
  if (processes == 1)
    return soak();
  for (; plan.process < processes; plan.process++) {
    if (fork() == 0)
      exit(soak());
  }
  while (wait(&status) > 0) failed |= status;
  return failed != 0;
}
