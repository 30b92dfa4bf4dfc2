/* SPDX-License-Identifier: MIT */
/* What goes over all sessions of an LMDB environment. */
#ifndef BENCH_LMDB_WALKS_H
#define BENCH_LMDB_WALKS_H

#include "worker.h"
#include "workload.h"

#include <lmdb.h>

/** The time of last access, before the payload of a value. */
#define HEAD sizeof(int64_t)

struct opened {
  MDB_env *environment;
  MDB_dbi database;
  struct workload workload;
};

struct connection {
  const struct opened *opened;
  MDB_txn *reading;     /**< reset between operations */
  MDB_txn *filling;     /**< while fills are grouped */
  unsigned char *bytes; /**< of the workload's capacity */
};

/** Whether a call succeeded; else failed was called. */
bool is_ok(int result, const char *call);

bool iterate(void *connection, uint64_t *sessions);

#endif
