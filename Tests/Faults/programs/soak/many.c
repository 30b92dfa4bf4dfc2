/* SPDX-License-Identifier: MIT */
/* What goes over all sessions of the store. */
#include "soak.h"

/** What others delete or damage on the way is not found, or can't be read. */
#define NEXT (OK | MAY(SESSION3_DONE) | MAY(SESSION3_E_CORRUPT))
/** A session that is this old belongs to nobody any more: its browser lost the cookie. */
#define FORGOTTEN_US INT64_C(10000000)

void walk_all(struct worker *worker) {
  S3_AUTO_ITERATOR(iterator);
  char id[NAME_SIZE];
  TRY(OK, session3_store_iterate(worker->store, &iterator, &worker->error));
  while (TRY(OK | MAY(SESSION3_DONE), session3_iterator_next_id(iterator, id, &worker->error))) {
  }
}

void walk_and_abandon(struct worker *worker) {
  S3_AUTO_ITERATOR(iterator);
  TRY(OK, session3_store_iterate(worker->store, &iterator, &worker->error));
  for (uint32_t steps = pick(worker, 5); steps > 0; steps--) {
    S3_AUTO_SESSION(session);
    TRY(NEXT, session3_iterator_next(iterator, &session, &worker->error));
  }
}

void sweep(struct worker *worker) {
  uint64_t deleted = 0, remaining = 0;
  TRY(OK, session3_store_sweep(worker->store, FORGOTTEN_US, &deleted, &remaining, &worker->error));
}

void delete_a_user(struct worker *worker) {
  uint64_t deleted = 0;
  TRY(OK | MAY(SESSION3_E_CORRUPT),
      s3_delete_user_sessions(worker->store, "nobody", NULL, &deleted, &worker->error));
}
