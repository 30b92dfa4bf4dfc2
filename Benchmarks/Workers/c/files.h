/* SPDX-License-Identifier: MIT */
/* A directory with a file for each session: what the workers on bare system calls open. */
#ifndef BENCH_FILES_H
#define BENCH_FILES_H

#include "worker.h"

#define SECTOR 512
#define BLOCK 4096
#define LISTING_SIZE 262144

/** The directory, and the sizes that libsession3's stored form gives the workload. */
struct opened {
  int directory;
  bool is_synced;
  size_t record, slot, file;
  size_t changed; /**< the size of a record after a request */
};

/** What a thread reads into and writes from. */
struct connection {
  struct opened opened;
  unsigned char *contents, *image; /**< of a file; the record of the image stands at SECTOR */
  char *listing;                   /**< of LISTING_SIZE */
};

/** Notes a system call's errno. */
bool failed_call(const char *call);

/** The members of a store that are the same for all of these. */
void *open_directory(const struct place *place);
const char *kernel_version(void);
void *connect_thread(void *opened);
void disconnect(void *connection);

/** fsync of the directory, where the mode asks for it. */
bool synchronize_names(const struct connection *connection);

#endif
