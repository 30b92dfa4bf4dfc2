/* SPDX-License-Identifier: MIT */
/* Two creators of one id, again and again: exactly one is told that it created the session, and
 * what is stored is that one's. Rule: the file is locked, and its size looked at under the lock. */
#include "race.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID "contended"
#define PROCESS_ROUNDS 200000
#define THREAD_ROUNDS 20000

/** What both creators see. */
struct contest {
  struct meeting start, end, checked;
  session3_status results[2];
  int wins[2];
};

struct creator {
  session3_store *store;
  struct contest *contest;
  int number, rounds;
};

static void check_round(const struct creator *creator, int round) {
  const session3_status *results = creator->contest->results;
  session3_error error = SESSION3_ERROR_INIT;
  session3_session *session = NULL;
  int64_t stored = -1;
  int created = (results[0] == SESSION3_OK) + (results[1] == SESSION3_OK);
  if (created != 1)
    fail("round %d: %d of 2 creators were told \"created\"", round, created);
  int winner = results[1] == SESSION3_OK;
  require_status(results[1 - winner], SESSION3_E_EXISTS, "the other creator", NULL);
  require_status(session3_store_load(creator->store, ID, strlen(ID), &session, &error), SESSION3_OK,
                 "load", &error);
  require_status(session3_session_get_int(session, "who", 3, &stored, &error), SESSION3_OK, "get",
                 &error);
  if (stored != winner)
    fail("round %d: what is stored is not the creator's", round);
  session3_session_free(session);
  require_status(session3_store_delete(creator->store, ID, strlen(ID), &error), SESSION3_OK,
                 "delete", &error);
  creator->contest->wins[winner]++;
}

static void *run_creator(void *argument) {
  const struct creator *creator = argument;
  struct contest *contest = creator->contest;
  for (int round = 0; round < creator->rounds; round++) {
    session3_session *session = NULL;
    session3_error error = SESSION3_ERROR_INIT;
    require_status(session3_session_new(ID, strlen(ID), &session, &error), SESSION3_OK, "new",
                   &error);
    require_status(session3_session_set_int(session, "who", 3, creator->number, &error),
                   SESSION3_OK, "set", &error);
    meet(&contest->start);
    contest->results[creator->number] = session3_store_create(creator->store, session, &error);
    meet(&contest->end);
    if (creator->number == 0)
      check_round(creator, round);
    meet(&contest->checked);
    session3_session_free(session);
  }
  return NULL;
}

static struct contest *new_contest(void) {
  struct contest *contest = shared_memory(sizeof *contest);
  contest->start.parties = contest->end.parties = contest->checked.parties = 2;
  return contest;
}

static void report(const char *who, const struct contest *contest) {
  printf("two %s: %d rounds, one creator in each; won %d to %d\n", who,
         contest->wins[0] + contest->wins[1], contest->wins[0], contest->wins[1]);
}

int main(void) {
  session3_store *store = open_new_store(NULL);
  struct contest *contest = new_contest();
  struct creator creators[2] = {{store, contest, 0, PROCESS_ROUNDS},
                                {store, contest, 1, PROCESS_ROUNDS}};
  fflush(stdout);
  pid_t child = fork_child();
  if (child == 0) {
    run_creator(&creators[1]);
    _exit(0);
  }
  run_creator(&creators[0]);
  require_success(child);
  report("processes", contest);

  pthread_t thread;
  contest = new_contest();
  for (int number = 0; number < 2; number++) {
    creators[number].contest = contest;
    creators[number].rounds = THREAD_ROUNDS;
  }
  if (pthread_create(&thread, NULL, run_creator, &creators[1]) != 0)
    fail("no thread");
  run_creator(&creators[0]);
  pthread_join(thread, NULL);
  report("threads", contest);
  session3_store_free(store);
  return 0;
}
