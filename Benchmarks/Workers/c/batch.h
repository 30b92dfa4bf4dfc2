/* SPDX-License-Identifier: MIT */
/* So many operations of one kind: made ready, timed, and ended. */
#ifndef BENCH_BATCH_H
#define BENCH_BATCH_H

#include "worker.h"

/** Which sessions, and how often. */
struct batch {
  uint64_t first, range; /**< the slots that were chosen */
  enum operation operation;
  uint64_t count, seed; /**< ITERATE has a count of 1 */
  bool is_shared;       /**< others may change the same sessions meanwhile */
};

/** A batch, and all that is made for it before the clock runs. */
struct plan {
  struct batch batch;
  struct turn *turns; /**< of each operation; NULL for ITERATE */
  void **held;        /**< by the slot's place in the range */
  uint64_t held_count, *held_slots;
  uint64_t sessions;   /**< that ITERATE found */
  uint64_t counted[2]; /**< in the sessions of the first and the last turn, before */
};

/** When a batch ran: now_ns of its begin and its end. */
struct span {
  uint64_t start, end;
};

/** Makes a batch ready. The plan is ended by end_plan, also after a call of failed. */
bool make_plan(void *connection, const struct batch *batch, struct plan *plan);

/** Does what was planned, once.
 * @param samples  NULL, or receives count times in nanoseconds */
bool time_plan(void *connection, struct plan *plan, struct span *span, uint64_t *samples);

/** Takes down what check_plan compares with; part of make_plan. */
bool begin_check(void *connection, struct plan *plan);

/** Whether the first and the last session are as the batch leaves them: gone, or stored with the last
 * page that was saved, and grown by as many visits as there were. Where others may change them, it is
 * enough that they are stored. */
bool check_plan(void *connection, const struct plan *plan);

/** Releases what a plan holds, which is empty then. */
void end_plan(struct plan *plan);

/** Does a batch in each of some threads at once, each with a connection of its own, which is kept.
 * Thread t of n works with the seed `seed * n + t`, on the t-th of n parts of the range; a range of
 * fewer slots than threads is for all.
 * @param ns  receives the time from when the first began until the last was done */
bool run_threads(void *opened, const struct batch *batch, unsigned threads, uint64_t *ns);
/** Ends the connections that run_threads keeps. */
void disconnect_threads(void);

#endif
