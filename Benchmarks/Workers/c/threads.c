/* SPDX-License-Identifier: MIT */
/* Batches of several threads at once. */
#include "batch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/** One of the threads that begin together. */
struct runner {
  pthread_t thread;
  pthread_barrier_t *barrier;
  void *connection;
  struct batch batch;
  struct plan plan;
  struct span span;
  bool is_done;
  char failure[256];
};

static void *run_thread(void *argument) {
  struct runner *runner = argument;
  bool is_ready = make_plan(runner->connection, &runner->batch, &runner->plan);
  pthread_barrier_wait(runner->barrier);
  runner->is_done = is_ready && time_plan(runner->connection, &runner->plan, &runner->span, NULL);
  if (!runner->is_done)
    snprintf(runner->failure, sizeof runner->failure, "%s", failure());
  end_plan(&runner->plan);
  return NULL;
}

static bool take_times(const struct runner *runners, unsigned count, uint64_t *ns) {
  uint64_t start = UINT64_MAX, end = 0;
  for (unsigned i = 0; i < count; i++) {
    if (!runners[i].is_done)
      return failed("%s", runners[i].failure);
    if (runners[i].span.start < start)
      start = runners[i].span.start;
    if (runners[i].span.end > end)
      end = runners[i].span.end;
  }
  *ns = end - start;
  return true;
}

bool run_threads(void *opened, const struct batch *batch, unsigned threads, uint64_t *ns) {
  struct runner *runners = calloc(threads, sizeof *runners);
  if (runners == NULL)
    return failed("no memory");
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, threads);
  unsigned connected = 0;
  for (; connected < threads; connected++) {
    struct runner *runner = &runners[connected];
    runner->barrier = &barrier;
    runner->batch = *batch;
    runner->batch.seed = batch->seed * threads + connected;
    runner->connection = store.connect(opened);
    if (runner->connection == NULL)
      break;
  }
  bool is_done = connected == threads;
  for (unsigned i = 0; is_done && i < threads; i++)
    if (pthread_create(&runners[i].thread, NULL, run_thread, &runners[i]) != 0) {
      /* The others wait for it at the barrier: there is no way back. */
      fputs("no more threads\n", stderr);
      exit(1);
    }
  for (unsigned i = 0; is_done && i < threads; i++) pthread_join(runners[i].thread, NULL);
  is_done = is_done && take_times(runners, threads, ns);
  for (unsigned i = 0; i < connected; i++) store.disconnect(runners[i].connection);
  pthread_barrier_destroy(&barrier);
  free(runners);
  return is_done;
}
