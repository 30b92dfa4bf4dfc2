/* SPDX-License-Identifier: MIT */
/**
 * @file session3/statistics.h
 * What happened in a store, counted for whoever runs it: for a metrics page, an alarm, a look at
 * night. What went wrong in words is told to the store's log, base.h.
 */
#ifndef SESSION3_STATISTICS_H
#define SESSION3_STATISTICS_H

#include "store.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Counters of one store handle since it was opened; they only grow, and wrap at 2^64.
 *
 * Each is exact once the calls that it counts have returned. Managers of the store count here, too.
 * What other handles and processes do is not in them.
 */
typedef struct session3_statistics {
  size_t size;           /**< sizeof(session3_statistics), set by the caller */
  uint64_t loads;        /**< sessions asked for by loads, iterators and managers: hits,
                                      misses, and what could not be read */
  uint64_t hits;         /**< loads that found a session */
  uint64_t misses;       /**< loads that found none: expired cookies, guesses */
  uint64_t creates;      /**< new sessions that were stored */
  uint64_t saves;        /**< sessions that were stored again by a save */
  uint64_t unchanged;    /**< saves that had nothing to store */
  uint64_t updates;      /**< increments, and form tokens that were consumed */
  uint64_t renewals;     /**< sessions that were given a new id */
  uint64_t deletes;      /**< sessions that were deleted, but for sweeps */
  uint64_t touches;      /**< access times that were set, also by saves of what is unchanged */
  uint64_t sweeps;       /**< sweeps that were made */
  uint64_t swept;        /**< sessions that sweeps deleted */
  uint64_t leftovers;    /**< files of killed processes that sweeps removed */
  uint64_t conflicts;    /**< how often a save found that somebody else had saved the
                                      session since it was loaded */
  uint64_t merges;       /**< how often it then merged */
  uint64_t gone;         /**< calls that answered SESSION3_E_GONE */
  uint64_t corrupt;      /**< calls that answered SESSION3_E_CORRUPT or SESSION3_E_FORMAT */
  uint64_t busy;         /**< calls that answered SESSION3_E_BUSY */
  uint64_t too_large;    /**< calls that answered SESSION3_E_TOO_LARGE */
  uint64_t failures;     /**< calls that answered SESSION3_E_IO, SESSION3_E_NOMEM,
                                      SESSION3_E_CALLBACK, or a custom store's own status */
  uint64_t lock_waits;   /**< locks that somebody else held when they were asked for */
  uint64_t lock_wait_us; /**< how long they were waited for in all, in microseconds */
  uint64_t longest_lock_wait_us; /**< and at most */
  uint64_t bytes_read;           /**< of sessions that were loaded: payloads, with 32 bytes each */
  uint64_t bytes_written;        /**< of sessions that were stored, likewise */
  uint64_t messages_left_out;    /**< for the log, beyond its rate */
} session3_statistics;

/** Initializer of session3_statistics. */
#define SESSION3_STATISTICS_INIT \
  {sizeof(session3_statistics), \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0, \
   0}

/**
 * Reads the counters.
 * @param store  not NULL
 * @param out    size set by the caller, at least that of this version; fields beyond it are not
 *               written
 * @param error  may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID
 * @par Thread safety
 *      Any thread, at any time; it waits for nobody. Counters that belong together
 *      (loads and hits) may be one call apart while others use the store.
 * @par Fork
 *      A child goes on from its parent's numbers, for itself.
 */
session3_status session3_store_get_statistics(const session3_store *store, session3_statistics *out,
                                              session3_error *error);

#ifdef __cplusplus
}
#endif
#endif
