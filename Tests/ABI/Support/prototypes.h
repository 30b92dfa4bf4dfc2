/* SPDX-License-Identifier: MIT */
/**
 * @file prototypes.h
 * Every function of the ABI as data, for calls through libffi.
 */
#ifndef PROTOTYPES_H
#define PROTOTYPES_H

#include <stddef.h>

#include <ffi.h>

/**
 * A function's name, result and parameters, a letter each.
 *
 * Results: s status, b bool, i int64_t, z size_t, U uint32_t, c const char *, v none.
 *
 * Parameters that must not be NULL:
 *   T store, S session that was loaded, G session that is new, W writer, I iterator, L id list,
 *   V value, K value iterator, C callbacks, N snapshot, B buffer, A version info, Q store info,
 *   t statistics,
 *   H manager, R request, k text, y bytes, f path, o out, O out that is set to NULL first,
 *   q position
 * Parameters that may be NULL:
 *   e error, n text, Y bytes, w value, p out, h out that is set to NULL first, E snapshot,
 *   D directory options, M memory options, P cookie policy, m manager policy, x context
 * Numbers:
 *   z size_t (of the text or bytes before it), i int64_t, u uint64_t, U uint32_t, d double, b bool,
 *   s status
 */
struct prototype {
  const char *name;
  char result;
  const char *parameters;
};

#define MAXIMUM_PARAMETERS 12

extern const struct prototype prototypes[];
extern const size_t prototype_count;

/** Whether a parameter is a pointer, and whether that may be NULL. */
int is_pointer(char parameter);
int may_be_null(char parameter);

/** A function found by its name, ready to be called. */
struct prepared {
  void (*function)(void);
  ffi_cif cif;
  ffi_type *types[MAXIMUM_PARAMETERS];
};

/** Looks a function up in the loaded library and prepares its call; 0 if either fails. */
int prepare(struct prepared *prepared, const struct prototype *prototype);

#endif
