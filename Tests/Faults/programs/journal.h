/* SPDX-License-Identifier: MIT */
/* What the programs of this directory that are killed have in common: a journal that outlives them,
 * a file mapped and shared, a clock that all processes read alike, and random numbers by a seed. */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "session3_easy.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/** How far an entry of a journal got: written before its call, and completed after it. */
enum { ENTRY_EMPTY, ENTRY_BEGUN, ENTRY_DONE };

/** Says what is wrong, and ends the process. */
__attribute__((format(printf, 1, 2))) static inline _Noreturn void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  _exit(1);
}

static inline int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/** The next of a row of random numbers (splitmix64), below a limit. */
static inline uint64_t random_below(uint64_t *seed, uint64_t limit) {
  uint64_t number = *seed += 0x9E3779B97F4A7C15U;
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9U;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EBU;
  return (number ^ (number >> 31)) % limit;
}

/** Maps a whole file, which exists and has its size: what is written there is kept whatever becomes
 * of the process. */
static inline void *map_shared(const char *path, size_t *size) {
  struct stat status;
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0 || fstat(file, &status) != 0)
    fail("%s can't be opened", path);
  void *memory = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED)
    fail("%s can't be mapped", path);
  close(file);
  *size = (size_t)status.st_size;
  return memory;
}

/** Lets SIGKILL come at a random time, before so many nanoseconds have passed. */
static inline void be_killed_within(int64_t limit_ns, uint64_t *seed) {
  static timer_t timer;
  static bool is_made;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
  uint64_t delay_ns = 1 + random_below(seed, (uint64_t)limit_ns);
  struct itimerspec when = {.it_value = {.tv_sec = (time_t)(delay_ns / 1000000000),
                                         .tv_nsec = (long)(delay_ns % 1000000000)}};
  if (!is_made && timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
    fail("no timer");
  is_made = true;
  timer_settime(timer, 0, &when, NULL);
}

/** Ends the process unless a status is the one that must be. */
static inline void require(session3_status status, session3_status expected, const char *what,
                           const session3_error *error) {
  if (status != expected)
    fail("%s: %s: %s", what, session3_status_text(status), status < 0 ? error->message : "");
}

/** A number that the program was given. */
static inline uint64_t number_of(const char *text) {
  char *end;
  uint64_t number = strtoull(text, &end, 10);
  if (*text == '\0' || *end != '\0')
    fail("%s is no number", text);
  return number;
}
#endif
