/* SPDX-License-Identifier: MIT */
/* Whether a batch did what it says: of the sessions of its first and its last turn. */
#include "batch.h"
#include "workload.h"

#include <inttypes.h>
#include <string.h>

#define LONGEST_PAGE 32

static const struct turn *end_of(const struct plan *plan, int end) {
  return &plan->turns[end == 0 ? 0 : plan->batch.count - 1];
}

static bool counts(enum operation operation) {
  return operation == RESAVE || operation == REQUEST || operation == INCREMENT;
}

/** Whether the sessions are there before, and nobody else changes what is counted in them. */
static bool can_count(const struct plan *plan) {
  enum operation operation = plan->batch.operation;
  return !plan->batch.is_shared && store.count != NULL && operation != CREATE &&
         operation != DELETE && operation != ITERATE;
}

bool begin_check(void *connection, struct plan *plan) {
  for (int end = 0; can_count(plan) && end < 2; end++)
    if (!store.count(connection, end_of(plan, end)->id, COUNTER, &plan->counted[end]))
      return false;
  return true;
}

/** What the batch did to a session: how often, and the last time. */
static uint64_t turns_of(const struct plan *plan, const char *id, const struct turn **last) {
  uint64_t turns = 0;
  for (uint64_t i = 0; i < plan->batch.count; i++)
    if (strcmp(plan->turns[i].id, id) == 0) {
      *last = &plan->turns[i];
      turns++;
    }
  return turns;
}

static bool check_page(const struct plan *plan, const void *held, const struct turn *last) {
  char page[LONGEST_PAGE];
  bool is_created = plan->batch.operation == CREATE;
  if (store.page == NULL || !(is_created || plan->batch.operation == REQUEST))
    return true;
  if (!store.page(held, page, sizeof page))
    return false;
  const char *expected = is_created ? PAGE : last->page;
  return strcmp(page, expected) == 0 ||
         failed("a session has the page %s, not %s as it was saved", page, expected);
}

static bool check_count(void *connection, const struct plan *plan, int end, uint64_t turns) {
  uint64_t count = 0, expected = plan->counted[end] + (counts(plan->batch.operation) ? turns : 0);
  if (!can_count(plan))
    return true;
  return store.count(connection, end_of(plan, end)->id, COUNTER, &count) &&
         (count == expected ||
          failed("a session counted %" PRIu64 ", not %" PRIu64, count, expected));
}

static bool check_end(void *connection, const struct plan *plan, int end) {
  const char *id = end_of(plan, end)->id;
  const struct turn *last = end_of(plan, end);
  void *held = store.hold(connection, id);
  if (plan->batch.operation == DELETE) {
    if (held != NULL)
      store.release(held);
    return held == NULL || failed("a deleted session is still there");
  }
  if (held == NULL)
    return false;
  uint64_t turns = plan->batch.is_shared ? 0 : turns_of(plan, id, &last);
  bool is_good = plan->batch.is_shared || check_page(plan, held, last);
  store.release(held);
  return is_good && check_count(connection, plan, end, turns);
}

bool check_plan(void *connection, const struct plan *plan) {
  if (plan->batch.operation == ITERATE)
    return plan->sessions >= plan->batch.range ||
           failed("a walk found %" PRIu64 " of at least %" PRIu64 " sessions", plan->sessions,
                  plan->batch.range);
  return check_end(connection, plan, 0) && check_end(connection, plan, 1);
}
