/* SPDX-License-Identifier: MIT */
/* What a worker is made of: the protocol of Benchmarks/README.md, and a store that fills in what it
 * can do. One program is worker.c, batch.c, check.c, threads.c, workload.c
 * and one store. */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_LENGTH 22
#define PAGE_LENGTH 15

/** One operation of a batch: all that is decided before the clock runs. */
struct turn {
  char id[ID_LENGTH + 2];     /**< NUL-terminated */
  char page[PAGE_LENGTH + 1]; /**< that REQUEST sets */
  void *held;                 /**< for RESAVE and UNCHANGED: what the store's hold answered */
};

/** The operations: on one session each, but for ITERATE. */
/* clang-format off */
enum operation {
  CREATE, LOAD, RESAVE, UNCHANGED, REQUEST, INCREMENT, TOUCH, HAS, DELETE, ITERATE, OPERATION_COUNT
};
/* clang-format on */

/** Does an operation once.
 * @return false after a call of failed, also where the session is not as the operation needs it */
typedef bool (*bench_operation)(void *connection, const struct turn *turn);

/** The words that a worker is started with. */
struct place {
  const char *directory;
  bool is_synced;
  size_t padding;
};

/** What a request does that takes its time. */
struct update {
  const char *attribute;
  uint64_t think_us;
};

/** The attribute that every store counts in; one that stores a session whole knows no other. */
#define COUNTER "visits"

/** What a reader of an operation's figure should know: how it is not equal to that of others. */
struct note {
  const char *operation, *text;
};

/** A store. What it can't do is NULL; the functions of the first part are never. */
struct store {
  const char *name;
  const struct note *notes; /**< NULL, or up to one without an operation */
  /** Its version, after open. */
  const char *(*version)(void);
  /** Opens the store, once in a process; NULL after a call of failed. */
  void *(*open)(const struct place *place);
  /** What one thread works with, one at a time; made and ended by any thread. */
  void *(*connect)(void *opened);
  void (*disconnect)(void *connection);

  /** Stores the session of an id, in the place of one that may be there. */
  bool (*fill)(void *connection, const char *id);
  /** Is told where a group of at most FILL_GROUP fills begins and ends. */
  bool (*group)(void *connection, bool is_begin);
  bench_operation operations[OPERATION_COUNT]; /**< ITERATE is a member of its own */
  /** Loads a session that is kept for a later operation; NULL after a call of failed. */
  void *(*hold)(void *connection, const char *id);
  void (*release)(void *held);
  /** Tells the page of a loaded session. */
  bool (*page)(const void *held, char *page, size_t size);
  /** Loads every session, and adds up how many there are. */
  bool (*iterate)(void *connection, uint64_t *sessions);
  bool (*sweep)(void *connection, double seconds, uint64_t *deleted);
  /** Loads a session, adds 1 to an attribute of it, thinks, and saves it, as a request would. */
  bool (*update)(void *connection, const char *id, const struct update *update);
  /** Tells an attribute's number, with all that INCREMENT added; 0 if it is missing. */
  bool (*count)(void *connection, const char *id, const char *attribute, uint64_t *count);
};

/** What a store that can do all calls its functions. */
#define ALL_OPERATIONS \
  { \
      [CREATE] = create,       [LOAD] = load,       [RESAVE] = resave, \
      [UNCHANGED] = unchanged, [REQUEST] = request, [INCREMENT] = increment, \
      [TOUCH] = touch,         [HAS] = has,         [DELETE] = delete, \
  }

#define FILL_GROUP 256

/** The store of this program. */
extern const struct store store;

/** Notes why something failed, for this thread's caller to find.
 * @return false */
bool failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Whether an attribute is the one that every store counts in; else failed was called. */
bool is_counter(const char *attribute);
/** What the last call of failed in this thread noted. */
const char *failure(void);

/** The id of a slot's session. */
void make_id(uint64_t slot, char id[ID_LENGTH + 1]);
/** splitmix64's output function (Steele, Lea, Flood 2014) of value + 1 times its constant. */
uint64_t mix(uint64_t value);

/** CLOCK_MONOTONIC in nanoseconds. */
uint64_t now_ns(void);
/** Sleeps for as long as an update says. */
void think(const struct update *update);
/** CLOCK_REALTIME in microseconds. */
int64_t realtime_us(void);

#endif
