/* SPDX-License-Identifier: MIT */
/**
 * @file soak.h
 * What programs/soak.c does millions of times, and what its operations share.
 */
#ifndef SOAK_H
#define SOAK_H

#include "session3_easy_manager.h"

/** Room for any id, and for this program's names of sessions. */
#define NAME_SIZE (SESSION3_ID_MAXIMUM + 1)
/** Browsers that each thread is. */
#define BROWSERS 8
/** Sessions that all threads and processes share. */
#define SHARED_SESSIONS 48

/** One thread of the soak. Between two operations it holds nothing that the library made but what
 * all threads share. */
struct worker {
  const char *directory;
  session3_store *store;
  session3_manager *manager;
  uint64_t random;     /**< state of its generator */
  uint64_t operations; /**< library calls whose status was checked */
  unsigned number;     /**< one of all threads of all processes */
  session3_error error;
  char browsers[BROWSERS][NAME_SIZE]; /**< the ids in their cookies; empty: none */
};

typedef void soak_operation(struct worker *worker);

/** A number below a limit. */
uint32_t pick(struct worker *worker, uint32_t limit);
/** The name of one of the shared sessions. */
void pick_shared(struct worker *worker, char name[NAME_SIZE]);
/** The name of a session of this thread's own. */
void own_name(const struct worker *worker, char name[NAME_SIZE]);

/** Statuses that a call may answer, added up. */
#define MAY(status) (1U << ((status) + 16))
#define OK MAY(SESSION3_OK)
#define NOT_FOUND MAY(SESSION3_NOT_FOUND)
#define GONE MAY(SESSION3_E_GONE)

/** Counts a call; ends the process unless the status is one of those it may be. Whether it is OK. */
bool answers(struct worker *worker, uint32_t may, session3_status status, const char *call);
#define TRY(may, call) answers(worker, (may), (call), #call)

/* Sessions and stores */
soak_operation create_and_delete, load_and_save, load_only, grow, increment, pass_a_token;
soak_operation conflict, save_what_is_gone, renew_among_copies, save_encoded, build_values;
soak_operation walk_all, walk_and_abandon, sweep, delete_a_user;
/* Requests */
soak_operation visit, log_in, log_out, fail_a_request, abandon_a_request, lose_the_cookie;
/* What fails */
soak_operation ask_for_what_is_missing, pass_bad_ids, pass_bad_values, meet_damage;
soak_operation open_and_close, fail_to_open, live_in_memory;

#endif
