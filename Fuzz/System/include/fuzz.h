/* SPDX-License-Identifier: MIT */
/* What the fuzzers need of C: how a run ends, and where a store may be. */
#ifndef SESSION3_FUZZ_H
#define SESSION3_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** Prints which rule was broken, in which file and line, and aborts: libFuzzer keeps the input. */
void fuzz_fail(const uint8_t *rule, const uint8_t *file, uint32_t line);

/** A directory of this process, empty; on a file system in memory where there is one. */
const char *fuzz_empty_directory(void);
/** Names in that directory, those that begin with a dot not counted. */
size_t fuzz_count_files(void);
/** Names in that directory that begin with a dot. */
size_t fuzz_count_own_files(void);
/** Open descriptors of this process, among the first 64. */
size_t fuzz_count_descriptors(void);

/** A clock for stores: answers what `time_us` points to. */
int64_t fuzz_clock(void *time_us);

#endif
