/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "CSession3System.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/single_threaded.h>
#include <time.h>

/* Memory */

void *system_allocate(size_t count) { return malloc(count ? count : 1); }

void *system_reallocate(void *pointer, size_t count) { return realloc(pointer, count ? count : 1); }

void system_free(void *pointer) { free(pointer); }

static int compare_keys(const void *left, const void *right) {
  const system_sorted_entry *a = left, *b = right;
  return (a->key > b->key) - (a->key < b->key);
}

void system_sort(void *entries, size_t count) {
  qsort(entries, count, sizeof(system_sorted_entry), compare_keys);
}

/* Time */

static int64_t read_clock(clockid_t clock) {
  struct timespec now;
  if (clock_gettime(clock, &now) < 0)
    return 0;
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t system_realtime_us(void) { return read_clock(CLOCK_REALTIME); }

int64_t system_monotonic_us(void) { return read_clock(CLOCK_MONOTONIC); }

void system_sleep_us(int64_t microseconds) {
  struct timespec time = {.tv_sec = microseconds / 1000000,
                          .tv_nsec = microseconds % 1000000 * 1000};
  /* Cut short by a signal is as good: whoever sleeps here looks again. */
  nanosleep(&time, NULL);
}

void system_yield(void) { sched_yield(); }

/* The thread that forks */

static _Atomic bool is_forking;
static _Atomic pthread_t forker; /* while is_forking */

/** Whether a fork is under way in this thread, and it was another's fork handler that called: it must
 * not wait for itself, and has all mutexes. */
static bool is_forker(void) {
  return atomic_load(&is_forking) && pthread_equal(atomic_load(&forker), pthread_self());
}

/* Chance */

int system_random(void *buffer, size_t count) {
  unsigned char *bytes = buffer;
  while (count > 0) {
    ssize_t got = getrandom(bytes, count, 0);
    if (got < 0) {
      if (errno == EINTR)
        continue;
      return -errno;
    }
    bytes += got;
    count -= (size_t)got;
  }
  return 0;
}

static _Atomic uint64_t unique_seed;
static _Atomic uint64_t unique_counter;

/* splitmix64 (Steele, Lea, Flood 2014): a bijection, so no number comes twice in one process. */
static uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

int system_unique(uint64_t *out) {
  /* A fork handler that is called before this library's finds the parent's seed in the child. */
  if (is_forker())
    return system_random(out, sizeof *out);
  uint64_t seed = atomic_load_explicit(&unique_seed, memory_order_relaxed);
  if (seed == 0) {
    uint64_t fresh;
    int result = system_random(&fresh, sizeof fresh);
    if (result < 0)
      return result;
    fresh |= 1;
    if (atomic_compare_exchange_strong(&unique_seed, &seed, fresh))
      seed = fresh;
  }
  uint64_t step = atomic_fetch_add_explicit(&unique_counter, 1, memory_order_relaxed);
  *out = mix(seed + step * 0x9e3779b97f4a7c15u);
  return 0;
}

#ifdef SESSION3_EMBEDDED
/* Embedded Swift seeds its hashing by this; glibc has it from 2.36 on only, and the library is to
 * load on older ones. */
__attribute__((visibility("hidden"))) void arc4random_buf(void *buffer, size_t count) {
  if (system_random(buffer, count) < 0)
    memset(buffer, 0, count);
}

/* Embedded Swift makes each object by this one, which costs glibc three times what malloc(3) does; and
 * an object needs no more than malloc's alignment. */
__attribute__((visibility("hidden"))) int posix_memalign(void **out, size_t alignment,
                                                         size_t count) {
  void *memory =
      alignment <= _Alignof(max_align_t) ? malloc(count) : aligned_alloc(alignment, count);
  if (!memory)
    return ENOMEM;
  *out = memory;
  return 0;
}

/* Swift's dictionaries compute their capacity with this one function of libm, which the library is
 * not to need. Capacities are far below 2^53. */
__attribute__((visibility("hidden"))) double ceil(double value) {
  double whole = (double)(int64_t)value;
  return whole < value ? whole + 1 : whole;
}
#endif

/* Error names */

const char *system_error_name(int error) {
  const char *name = strerrorname_np(error);
  return name ? name : "unknown";
}

const char *system_error_text(int error) {
  const char *text = strerrordesc_np(error);
  return text ? text : "unknown error";
}

/* fork(2) copies the table of descriptors first and the memory later: between the two a thread may
 * close what the child then has and does not know of. So opening and noting, and forgetting and
 * closing, are sections that a fork in another thread waits out. */

static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int sections;

static _Atomic uint64_t fork_depth;

/** A section, for who begins it. */
struct section {
  uint64_t depth;   /* of forks: one that a signal's handler forked amid ends in the parent alone */
  bool is_shared;   /* whether anybody could fork amid it */
  int cancel_state; /* pthread_setcancelstate(3): whoever is cancelled here would end no section */
};

static struct section begin_section(void) {
  struct section section = {.depth = system_fork_depth(), .is_shared = !__libc_single_threaded};
  if (!section.is_shared)
    return section;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &section.cancel_state);
  for (;;) {
    atomic_fetch_add(&sections, 1);
    if (!atomic_load(&is_forking) || is_forker())
      return section;
    atomic_fetch_sub(&sections, 1);
    /* Held for as long as the fork takes. */
    pthread_mutex_lock(&list_mutex);
    pthread_mutex_unlock(&list_mutex);
  }
}

static void end_section(struct section section) {
  if (!section.is_shared)
    return;
  if (section.depth == system_fork_depth())
    atomic_fetch_sub(&sections, 1);
  pthread_setcancelstate(section.cancel_state, NULL);
}

/** Waits for those that have begun: they hold one system call each. Not for longer than some 10 ms: a
 * handler of a signal that came amid a section may fork, too, and often does where it forks at all. A
 * thread that lost its core for longer leaves the child a descriptor; its lock goes with the parent's
 * unlocking, unless the parent is killed before. */
static void wait_for_sections(void) {
  for (int tries = 0; tries < 200 && atomic_load(&sections) > 0; tries++) {
    if (tries < 100)
      sched_yield();
    else
      system_sleep_us(100);
  }
}

/* Descriptors in flight: one byte for each number that Linux hands out by default (fs.nr_open).
 * A number is of one owner at a time, so a plain store is enough; pages that no descriptor reached
 * take no memory. */

enum { DESCRIPTORS = 1 << 20 };
static _Atomic unsigned char in_flight[DESCRIPTORS];
static _Atomic int highest;

void system_in_flight_add(int descriptor) {
  if (descriptor < 0 || descriptor >= DESCRIPTORS)
    return;
  int seen = atomic_load_explicit(&highest, memory_order_relaxed);
  while (descriptor > seen && !atomic_compare_exchange_weak(&highest, &seen, descriptor)) {
  }
  atomic_store_explicit(&in_flight[descriptor], 1, memory_order_relaxed);
}

int system_open_in_flight(int directory, const char *name, int flags, uint32_t mode) {
  struct section section = begin_section();
  int descriptor = system_openat(directory, name, flags, mode);
  if (descriptor >= 0)
    system_in_flight_add(descriptor);
  end_section(section);
  return descriptor;
}

int system_close_in_flight(int descriptor) {
  struct section section = begin_section();
  /* Before the close: the number may be another thread's right after it. */
  if (descriptor >= 0 && descriptor < DESCRIPTORS)
    atomic_store_explicit(&in_flight[descriptor], 0, memory_order_relaxed);
  int result = system_close(descriptor);
  end_section(section);
  return result;
}

static void close_in_flight(void) {
  int last = atomic_load_explicit(&highest, memory_order_relaxed);
  for (int descriptor = 0; descriptor <= last; descriptor++) {
    if (atomic_exchange_explicit(&in_flight[descriptor], 0, memory_order_relaxed))
      close(descriptor);
  }
}

/* Mutexes: a list, so that a fork can take them all and find their data whole. */

struct system_mutex {
  pthread_mutex_t mutex;
  struct system_mutex *next;
  struct system_mutex *previous;
};

static struct system_mutex *first;

static void lock_unless_forking(pthread_mutex_t *mutex) {
  if (!is_forker())
    pthread_mutex_lock(mutex);
}

static void unlock_unless_forking(pthread_mutex_t *mutex) {
  if (!is_forker())
    pthread_mutex_unlock(mutex);
}

system_mutex *system_mutex_new(void) {
  struct system_mutex *mutex = malloc(sizeof *mutex);
  if (!mutex)
    return NULL;
  *mutex = (struct system_mutex){.next = NULL};
  if (pthread_mutex_init(&mutex->mutex, NULL) != 0) {
    free(mutex);
    return NULL;
  }
  lock_unless_forking(&list_mutex);
  /* The end of the fork unlocks all that are in the list. */
  if (is_forker())
    pthread_mutex_lock(&mutex->mutex);
  mutex->next = first;
  if (first)
    first->previous = mutex;
  first = mutex;
  unlock_unless_forking(&list_mutex);
  return mutex;
}

void system_mutex_free(system_mutex *mutex) {
  if (!mutex)
    return;
  lock_unless_forking(&list_mutex);
  if (mutex->previous)
    mutex->previous->next = mutex->next;
  else
    first = mutex->next;
  if (mutex->next)
    mutex->next->previous = mutex->previous;
  if (is_forker())
    pthread_mutex_unlock(&mutex->mutex);
  unlock_unless_forking(&list_mutex);
  pthread_mutex_destroy(&mutex->mutex);
  free(mutex);
}

void system_mutex_lock(system_mutex *mutex) { lock_unless_forking(&mutex->mutex); }

void system_mutex_unlock(system_mutex *mutex) { unlock_unless_forking(&mutex->mutex); }

/* Fork */

uint64_t system_fork_depth(void) { return atomic_load_explicit(&fork_depth, memory_order_relaxed); }

static void before_fork(void) {
  pthread_mutex_lock(&list_mutex);
  for (struct system_mutex *mutex = first; mutex; mutex = mutex->next)
    pthread_mutex_lock(&mutex->mutex);
  atomic_store(&forker, pthread_self());
  atomic_store(&is_forking, true);
  wait_for_sections();
}

static void after_fork(void) {
  atomic_store(&is_forking, false);
  for (struct system_mutex *mutex = first; mutex; mutex = mutex->next)
    pthread_mutex_unlock(&mutex->mutex);
  pthread_mutex_unlock(&list_mutex);
}

static void after_fork_in_child(void) {
  atomic_store(&sections, 0);
  after_fork();
  close_in_flight();
  atomic_store(&unique_seed, 0);
  atomic_fetch_add(&fork_depth, 1);
}

__attribute__((constructor)) static void install_fork_handlers(void) {
  pthread_atfork(before_fork, after_fork, after_fork_in_child);
}
