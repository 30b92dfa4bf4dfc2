/* SPDX-License-Identifier: MIT */
/* Batches of several threads at once. */
#include "batch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define MAXIMUM_THREADS 256

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
  return NULL;
}

/** Once all are done, as a check would take time from the others. */
static void end_thread(struct runner *runner) {
  if (runner->is_done && !check_plan(runner->connection, &runner->plan)) {
    snprintf(runner->failure, sizeof runner->failure, "%s", failure());
    runner->is_done = false;
  }
  end_plan(&runner->plan);
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

/* Kept from batch to batch, as a server keeps its threads' connections: a new one would begin with
 * an empty cache of pages. */
static void *connections[MAXIMUM_THREADS];
static unsigned connected;

static bool connect_threads(void *opened, unsigned threads) {
  while (connected < threads) {
    connections[connected] = store.connect(opened);
    if (connections[connected] == NULL)
      return false;
    connected++;
  }
  return true;
}

void disconnect_threads(void) {
  while (connected > 0) store.disconnect(connections[--connected]);
}

/** What a thread is to do: on its own part of the range, if there is a slot for each thread. */
static struct batch part_of(const struct batch *batch, unsigned threads, unsigned thread) {
  struct batch part = *batch;
  part.seed = batch->seed * threads + thread;
  part.is_shared = batch->range < threads;
  if (!part.is_shared) {
    uint64_t begin = batch->range * thread / threads;
    part.first = batch->first + begin;
    part.range = batch->range * (thread + 1) / threads - begin;
  }
  return part;
}

static void start_threads(struct runner *runners, unsigned threads) {
  for (unsigned i = 0; i < threads; i++)
    if (pthread_create(&runners[i].thread, NULL, run_thread, &runners[i]) != 0) {
      /* The others wait for it at the barrier: there is no way back. */
      fputs("no more threads\n", stderr);
      exit(1);
    }
}

bool run_threads(void *opened, const struct batch *batch, unsigned threads, uint64_t *ns) {
  if (threads < 1 || threads > MAXIMUM_THREADS)
    return failed("not so many threads");
  if (!connect_threads(opened, threads))
    return false;
  struct runner *runners = calloc(threads, sizeof *runners);
  if (runners == NULL)
    return failed("no memory");
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, threads);
  for (unsigned i = 0; i < threads; i++) {
    runners[i].barrier = &barrier;
    runners[i].connection = connections[i];
    runners[i].batch = part_of(batch, threads, i);
  }
  start_threads(runners, threads);
  for (unsigned i = 0; i < threads; i++) pthread_join(runners[i].thread, NULL);
  for (unsigned i = 0; i < threads; i++) end_thread(&runners[i]);
  bool is_done = take_times(runners, threads, ns);
  pthread_barrier_destroy(&barrier);
  free(runners);
  return is_done;
}
