/* SPDX-License-Identifier: MIT */
/* Which rule is out of force in a library of mutants: the one that SESSION3_BROKEN names. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

bool system_is_broken(const char *rule);

static const char *broken;

/* At load, so that a test that empties the environment changes nothing. */
__attribute__((constructor)) static void read_environment(void) {
  broken = getenv("SESSION3_BROKEN");
}

__attribute__((visibility("hidden"))) bool system_is_broken(const char *rule) {
  return broken != NULL && strcmp(broken, rule) == 0;
}
