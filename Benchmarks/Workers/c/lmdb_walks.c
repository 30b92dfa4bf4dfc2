/* SPDX-License-Identifier: MIT */
#include "lmdb_walks.h"

#include <string.h>

/** Loads all in one read transaction. */
bool iterate(void *argument, uint64_t *sessions) {
  const struct connection *connection = argument;
  const struct workload *workload = &connection->opened->workload;
  MDB_cursor *cursor = NULL;
  MDB_val key, value;
  uint32_t visits = 0;
  if (!is_ok(mdb_txn_renew(connection->reading), "mdb_txn_renew"))
    return false;
  int result = mdb_cursor_open(connection->reading, connection->opened->database, &cursor);
  bool is_good = true;
  while (is_good && result == MDB_SUCCESS) {
    result = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    if (result != MDB_SUCCESS)
      break;
    size_t length = value.mv_size - HEAD;
    is_good = (value.mv_size > HEAD && length <= workload->capacity) ||
              failed("a session of another workload");
    if (is_good) {
      memcpy(connection->bytes, (const unsigned char *)value.mv_data + HEAD, length);
      is_good = workload_visits(workload, connection->bytes, length, &visits);
    }
    *sessions += 1;
  }
  if (cursor != NULL)
    mdb_cursor_close(cursor);
  mdb_txn_reset(connection->reading);
  return is_good && (result == MDB_NOTFOUND || is_ok(result, "mdb_cursor_get"));
}
