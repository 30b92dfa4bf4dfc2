/* SPDX-License-Identifier: MIT */
#include "lmdb_walks.h"

#include <string.h>

/* Deletions of one transaction of a sweep, as other writers wait for it. */
#define SWEEP_GROUP 10000

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

/** Deletes up to SWEEP_GROUP old sessions from a key on.
 * @param id      where to begin, empty for the first; receives where to go on
 * @return MDB_NOTFOUND at the end; MDB_SUCCESS if there is more */
static int sweep_from(const struct connection *connection, MDB_txn *transaction, int64_t before,
                      char id[ID_LENGTH], uint64_t *deleted) {
  MDB_cursor *cursor = NULL;
  MDB_val key = {ID_LENGTH, id}, value;
  int result = mdb_cursor_open(transaction, connection->opened->database, &cursor);
  if (result != MDB_SUCCESS)
    return result;
  uint64_t end = *deleted + SWEEP_GROUP;
  result = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  while (result == MDB_SUCCESS) {
    int64_t accessed = 0;
    if (*deleted == end) {
      memcpy(id, key.mv_data, ID_LENGTH);
      break;
    }
    memcpy(&accessed, value.mv_data, HEAD);
    if (accessed < before) {
      result = mdb_cursor_del(cursor, 0);
      *deleted += 1;
    }
    if (result == MDB_SUCCESS)
      result = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
  }
  mdb_cursor_close(cursor);
  return result;
}

bool sweep(void *argument, double seconds, uint64_t *deleted) {
  const struct connection *connection = argument;
  int64_t before = realtime_us() - (int64_t)(seconds * 1e6);
  char id[ID_LENGTH] = "";
  int result = MDB_SUCCESS;
  while (result == MDB_SUCCESS) {
    MDB_txn *transaction = begin_writing(connection);
    if (transaction == NULL)
      return false;
    result = sweep_from(connection, transaction, before, id, deleted);
    if (result != MDB_SUCCESS && result != MDB_NOTFOUND) {
      mdb_txn_abort(transaction);
      return is_ok(result, "sweep");
    }
    if (!is_ok(mdb_txn_commit(transaction), "mdb_txn_commit"))
      return false;
  }
  return true;
}
