/* SPDX-License-Identifier: MIT */
/* Batches: all that is not the operation itself happens before the clock runs or after. */
#include "batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SEED_SHIFT 20
#define CREATED (UINT64_C(1) << 32)

static uint64_t clock_ns(clockid_t clock) {
  struct timespec now = {0};
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

int64_t realtime_us(void) { return (int64_t)(clock_ns(CLOCK_REALTIME) / 1000); }

void think(const struct update *update) {
  nanosleep(&(struct timespec){.tv_sec = (time_t)(update->think_us / 1000000),
                               .tv_nsec = (long)(update->think_us % 1000000) * 1000},
            NULL);
}

uint64_t mix(uint64_t value) {
  value = (value + 1) * UINT64_C(0x9e3779b97f4a7c15);
  value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
  return value ^ (value >> 31);
}

void make_id(uint64_t slot, char id[ID_LENGTH + 1]) {
  snprintf(id, ID_LENGTH + 1, "%016" PRIx64 "%06" PRIx64, mix(slot), slot & 0xffffff);
}

static bool holds(enum operation operation) {
  return operation == RESAVE || operation == UNCHANGED;
}

/** Loads each session that a batch works on once, so that it is as the store has it now. */
static bool hold(void *connection, const struct batch *batch, struct plan *plan) {
  plan->held = calloc(batch->range, sizeof *plan->held);
  plan->held_slots = calloc(batch->count, sizeof *plan->held_slots);
  if (plan->held == NULL || plan->held_slots == NULL)
    return failed("no memory");
  for (uint64_t i = 0; i < batch->count; i++) {
    uint64_t index = mix((batch->seed << SEED_SHIFT) + i) % batch->range;
    if (plan->held[index] == NULL) {
      plan->held[index] = store.hold(connection, plan->turns[i].id);
      if (plan->held[index] == NULL)
        return false;
      plan->held_slots[plan->held_count++] = index;
    }
    plan->turns[i].held = plan->held[index];
  }
  return true;
}

void end_plan(struct plan *plan) {
  for (uint64_t i = 0; i < plan->held_count; i++) store.release(plan->held[plan->held_slots[i]]);
  free(plan->held_slots);
  free(plan->held);
  free(plan->turns);
  *plan = (struct plan){.turns = NULL};
}

static bool make_turns(const struct batch *batch, struct plan *plan) {
  bool is_once = batch->operation == CREATE || batch->operation == DELETE;
  if (is_once && batch->count > UINT64_C(1) << SEED_SHIFT)
    return failed("a seed has no more than 2^20 slots to create");
  if (!is_once && batch->range == 0)
    return failed("no range was chosen");
  plan->turns = calloc(batch->count, sizeof *plan->turns);
  if (plan->turns == NULL)
    return failed("no memory");
  for (uint64_t i = 0; i < batch->count; i++) {
    uint64_t step = (batch->seed << SEED_SHIFT) + i;
    make_id(is_once ? CREATED + step : batch->first + mix(step) % batch->range, plan->turns[i].id);
    snprintf(plan->turns[i].page, sizeof plan->turns[i].page, "/shop/item/%04u",
             1000 + (unsigned)(i % 9000));
  }
  return true;
}

bool make_plan(void *connection, const struct batch *batch, struct plan *plan) {
  *plan = (struct plan){.batch = *batch};
  if (batch->operation == ITERATE)
    return true;
  return make_turns(batch, plan) && (!holds(batch->operation) || hold(connection, batch, plan)) &&
         begin_check(connection, plan);
}

/* A function of its own, by whose name counts.py counts the instructions of a batch alone. */
__attribute__((noinline)) static bool run_plan(void *connection, struct plan *plan) {
  if (plan->batch.operation == ITERATE)
    return store.iterate(connection, &plan->sessions);
  bench_operation operation = store.operations[plan->batch.operation];
  const struct turn *end = plan->turns + plan->batch.count;
  for (const struct turn *turn = plan->turns; turn < end; turn++)
    if (!operation(connection, turn))
      return false;
  return true;
}

static bool sample_plan(void *connection, const struct plan *plan, uint64_t *samples) {
  bench_operation operation = store.operations[plan->batch.operation];
  for (uint64_t i = 0; i < plan->batch.count; i++) {
    uint64_t start = now_ns();
    if (!operation(connection, &plan->turns[i]))
      return false;
    samples[i] = now_ns() - start;
  }
  return true;
}

bool time_plan(void *connection, struct plan *plan, struct span *span, uint64_t *samples) {
  bool is_whole = samples == NULL || plan->batch.operation == ITERATE;
  span->start = now_ns();
  bool is_done = is_whole ? run_plan(connection, plan) : sample_plan(connection, plan, samples);
  span->end = now_ns();
  if (is_whole && samples != NULL)
    samples[0] = span->end - span->start;
  return is_done;
}
