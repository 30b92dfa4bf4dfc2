/* SPDX-License-Identifier: MIT */
/* Four forked workers that walk and sweep one inherited store at once: each sees every session in
 * each round. Rule: each scan has an open directory of its own, with an offset of its own. */
#include "race.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SESSIONS 4000
#define WORKERS 4
#define ROUNDS 40

static void walk(session3_store *store, int round) {
  bool seen[SESSIONS] = {false};
  int count = 0;
  char id[SESSION3_ID_MAXIMUM + 1];
  session3_iterator *iterator = NULL;
  session3_error error = SESSION3_ERROR_INIT;
  session3_status status;
  require_status(session3_store_iterate(store, &iterator, &error), SESSION3_OK, "iterate", &error);
  while ((status = session3_iterator_next_id(iterator, id, &error)) == SESSION3_OK) {
    long number = strtol(id + strlen("session-"), NULL, 10);
    if (number < 0 || number >= SESSIONS || seen[number])
      fail("a worker saw %s twice", id);
    seen[number] = true;
    count++;
  }
  require_status(status, SESSION3_DONE, "next", &error);
  session3_iterator_free(iterator);
  if (count != SESSIONS)
    fail("round %d: a worker saw %d of %d sessions", round, count, SESSIONS);
}

static void sweep(session3_store *store, int round) {
  uint64_t deleted = 77, remaining = 77;
  session3_error error = SESSION3_ERROR_INIT;
  require_status(session3_store_sweep(store, INT64_C(3600000000), &deleted, &remaining, &error),
                 SESSION3_OK, "sweep", &error);
  if (deleted != 0 || remaining != SESSIONS) {
    fail("round %d: a sweep saw %lu of %d sessions", round, (unsigned long)remaining, SESSIONS);
  }
}

int main(void) {
  session3_store *store = open_new_store(NULL);
  struct meeting *start = shared_memory(sizeof *start);
  pid_t workers[WORKERS];
  start->parties = WORKERS;
  for (int number = 0; number < SESSIONS; number++) {
    char id[32];
    snprintf(id, sizeof id, "session-%d", number);
    create(store, id);
  }
  fflush(stdout);
  for (int worker = 0; worker < WORKERS; worker++) {
    workers[worker] = fork_child();
    if (workers[worker] != 0)
      continue;
    for (int round = 0; round < ROUNDS; round++) {
      meet(start);
      if ((round + worker) % 2 == 0)
        walk(store, round);
      else
        sweep(store, round);
    }
    _exit(0);
  }
  for (int worker = 0; worker < WORKERS; worker++) require_success(workers[worker]);
  printf("%d workers, %d scans each: each saw all %d sessions\n", WORKERS, ROUNDS, SESSIONS);
  session3_store_free(store);
  return 0;
}
