/* SPDX-License-Identifier: MIT */
/**
 * @file files.h
 * Temporary directories, whole files in them, and the descriptors of this process. A failure ends
 * the process: these are no subject of a test.
 */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/** Room for the path of a temporary directory. */
#define DIRECTORY_SIZE 128
/** Room for the path of a file in one. */
#define PATH_SIZE 320

/** Makes an empty directory under $TMPDIR, or /tmp. */
void make_directory(char path[DIRECTORY_SIZE]);
/** Removes a directory and what is in it. One that is gone is fine. */
void remove_directory(const char *path);

/** Joins a directory and a name. */
void path_in(char path[PATH_SIZE], const char *directory, const char *name);
/** A file's bytes, to be freed. */
uint8_t *read_file(const char *directory, const char *name, size_t *size);
/** Makes or overwrites a file. */
void write_file(const char *directory, const char *name, const void *data, size_t size);
/** Changes a byte of a file by xor. */
void flip_byte(const char *directory, const char *name, size_t offset, uint8_t mask);
/** lstat(2) of a file that exists. */
struct stat status_of(const char *directory, const char *name);
bool file_exists(const char *directory, const char *name);
/** Sets a file's modification time to so many seconds before the present. */
void set_age(const char *directory, const char *name, int64_t seconds);
/** Entries of a directory, but for `.`, `..` and `.session3`. */
size_t count_entries(const char *directory);

/** How many descriptors this process has open. */
size_t count_descriptors(void);
/** A sum over this process' open descriptors and what each of them refers to. */
uint64_t sum_of_descriptors(void);

#endif
