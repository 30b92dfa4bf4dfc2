/* SPDX-License-Identifier: MIT */
/* LMDB: the main database, by id; a value is the time of last access and the payload. There is no
 * index of times.
 *
 * For `none` MDB_NOSYNC and MDB_WRITEMAP: what is written stays in the map, which spares a commit
 * its two writes. It survives the death of a process; a power cut may leave the database broken, and
 * a stray pointer of the host's may write to it. For `data` the defaults: two syncs a commit, where
 * a map that is written to would have to be synced whole.
 *
 * Threads share the environment, which a process must not open twice; MDB_NOTLS ties a reader to its
 * transaction, not to its thread. A read transaction is made once, and renewed. */
#include "lmdb_walks.h"

#include <stdlib.h>
#include <string.h>

#define MAP_SIZE ((size_t)4 << 30)

bool is_ok(int result, const char *call) {
  return result == MDB_SUCCESS || failed("%s: %s", call, mdb_strerror(result));
}

static bool prepare(struct opened *opened, const struct place *place) {
  unsigned flags = MDB_NOTLS | (place->is_synced ? 0 : MDB_NOSYNC | MDB_WRITEMAP);
  MDB_txn *transaction = NULL;
  return is_ok(mdb_env_create(&opened->environment), "mdb_env_create") &&
         is_ok(mdb_env_set_mapsize(opened->environment, MAP_SIZE), "mdb_env_set_mapsize") &&
         is_ok(mdb_env_set_maxreaders(opened->environment, 1024), "mdb_env_set_maxreaders") &&
         is_ok(mdb_env_open(opened->environment, place->directory, flags, 0600), "mdb_env_open") &&
         is_ok(mdb_txn_begin(opened->environment, NULL, 0, &transaction), "mdb_txn_begin") &&
         is_ok(mdb_dbi_open(transaction, NULL, 0, &opened->database), "mdb_dbi_open") &&
         is_ok(mdb_txn_commit(transaction), "mdb_txn_commit") &&
         workload_make(place->padding, &opened->workload);
}

static void *open_environment(const struct place *place) {
  struct opened *opened = calloc(1, sizeof *opened);
  if (opened != NULL && prepare(opened, place))
    return opened;
  free(opened);
  return NULL;
}

static const char *version(void) { return mdb_version(NULL, NULL, NULL); }

static void disconnect(void *argument) {
  struct connection *connection = argument;
  mdb_txn_abort(connection->reading);
  free(connection->bytes);
  free(connection);
}

static void *connect_thread(void *opened) {
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL)
    return NULL;
  connection->opened = opened;
  connection->bytes = malloc(connection->opened->workload.capacity);
  if (connection->bytes != NULL &&
      is_ok(mdb_txn_begin(connection->opened->environment, NULL, MDB_RDONLY, &connection->reading),
            "mdb_txn_begin")) {
    mdb_txn_reset(connection->reading);
    return connection;
  }
  free(connection->bytes);
  free(connection);
  return NULL;
}

static MDB_val key_of(const char *id) { return (MDB_val){ID_LENGTH, (void *)id}; }

/** NULL after a call of failed. */
static MDB_txn *begin_writing(const struct connection *connection) {
  MDB_txn *transaction = NULL;
  is_ok(mdb_txn_begin(connection->opened->environment, NULL, 0, &transaction), "mdb_txn_begin");
  return transaction;
}

typedef bool (*writing)(const struct connection *connection, MDB_txn *transaction,
                        const struct turn *turn);

/** Does something in one write transaction, of which there is one at a time. */
static bool write_once(const struct connection *connection, const struct turn *turn, writing body) {
  MDB_txn *transaction = begin_writing(connection);
  if (transaction == NULL)
    return false;
  if (body(connection, transaction, turn))
    return is_ok(mdb_txn_commit(transaction), "mdb_txn_commit");
  mdb_txn_abort(transaction);
  return false;
}

/** Finds the value of an id, which is there. */
static bool find(const struct connection *connection, MDB_txn *transaction, const char *id,
                 MDB_val *value) {
  MDB_val key = key_of(id);
  if (!is_ok(mdb_get(transaction, connection->opened->database, &key, value), "mdb_get"))
    return false;
  size_t length = value->mv_size - HEAD;
  return (value->mv_size > HEAD && length <= connection->opened->workload.capacity) ||
         failed("what was loaded is not the session of the workload");
}

/** Copies a value into memory of the host's own. */
static bool take(const struct connection *connection, MDB_txn *transaction, const char *id,
                 unsigned char *bytes, size_t *length, int64_t *accessed) {
  MDB_val value;
  if (!find(connection, transaction, id, &value))
    return false;
  *length = value.mv_size - HEAD;
  memcpy(accessed, value.mv_data, HEAD);
  memcpy(bytes, (const unsigned char *)value.mv_data + HEAD, *length);
  return true;
}

/** Writes a value straight into the database's page. */
static bool put(const struct connection *connection, MDB_txn *transaction, const char *id,
                const unsigned char *bytes, size_t length, unsigned flags) {
  MDB_val key = key_of(id), value = {HEAD + length, NULL};
  int64_t now = realtime_us();
  if (!is_ok(mdb_put(transaction, connection->opened->database, &key, &value, flags | MDB_RESERVE),
             "mdb_put"))
    return false;
  memcpy(value.mv_data, &now, HEAD);
  memcpy((unsigned char *)value.mv_data + HEAD, bytes, length);
  return true;
}

static bool group(void *argument, bool is_begin) {
  struct connection *connection = argument;
  if (!is_begin)
    return is_ok(mdb_txn_commit(connection->filling), "mdb_txn_commit");
  connection->filling = begin_writing(connection);
  return connection->filling != NULL;
}

static bool fill(void *argument, const char *id) {
  const struct connection *connection = argument;
  const struct workload *workload = &connection->opened->workload;
  return put(connection, connection->filling, id, workload->bytes, workload->length, 0);
}

static bool create_in(const struct connection *connection, MDB_txn *transaction,
                      const struct turn *turn) {
  const struct workload *workload = &connection->opened->workload;
  return put(connection, transaction, turn->id, workload->bytes, workload->length, MDB_NOOVERWRITE);
}

static bool create(void *connection, const struct turn *turn) {
  return write_once(connection, turn, create_in);
}

/** Loads by the read transaction that is renewed. */
static bool read_once(const struct connection *connection, const char *id, unsigned char *bytes,
                      size_t *length, int64_t *accessed) {
  if (!is_ok(mdb_txn_renew(connection->reading), "mdb_txn_renew"))
    return false;
  bool is_done = take(connection, connection->reading, id, bytes, length, accessed);
  mdb_txn_reset(connection->reading);
  return is_done;
}

static bool load(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  size_t length = 0;
  int64_t accessed = 0;
  uint32_t visits = 0;
  return read_once(connection, turn->id, connection->bytes, &length, &accessed) &&
         workload_visits(&connection->opened->workload, connection->bytes, length, &visits);
}

static void *hold(void *argument, const char *id) {
  const struct connection *connection = argument;
  struct held *held = malloc(sizeof *held + connection->opened->workload.capacity);
  if (held != NULL && read_once(connection, id, held->bytes, &held->length, &held->accessed))
    return held;
  free(held);
  return NULL;
}

static bool resave_in(const struct connection *connection, MDB_txn *transaction,
                      const struct turn *turn) {
  const struct held *held = turn->held;
  MDB_val value;
  return find(connection, transaction, turn->id, &value) &&
         put(connection, transaction, turn->id, held->bytes, held->length, 0);
}

static bool resave(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  struct held *held = turn->held;
  return workload_visit(&connection->opened->workload, held->bytes, &held->length) &&
         write_once(connection, turn, resave_in);
}

static bool request_in(const struct connection *connection, MDB_txn *transaction,
                       const struct turn *turn) {
  size_t length = 0;
  int64_t accessed = 0;
  return take(connection, transaction, turn->id, connection->bytes, &length, &accessed) &&
         workload_request(&connection->opened->workload, connection->bytes, &length, turn->page) &&
         put(connection, transaction, turn->id, connection->bytes, length, 0);
}

/** From the reading to the writing, so that no change of another's is lost. */
static bool request(void *connection, const struct turn *turn) {
  return write_once(connection, turn, request_in);
}

static const struct update at_once = {COUNTER, 0};

/** Adds a visit; what is held is the update. */
static bool update_in(const struct connection *connection, MDB_txn *transaction,
                      const struct turn *turn) {
  const struct update *update = turn->held == NULL ? &at_once : turn->held;
  size_t length = 0;
  int64_t accessed = 0;
  if (!take(connection, transaction, turn->id, connection->bytes, &length, &accessed))
    return false;
  if (update->think_us > 0)
    think(update);
  return workload_visit(&connection->opened->workload, connection->bytes, &length) &&
         put(connection, transaction, turn->id, connection->bytes, length, 0);
}

static bool increment(void *connection, const struct turn *turn) {
  return write_once(connection, turn, update_in);
}

static bool update(void *connection, const char *id, const struct update *update) {
  struct update own = *update;
  struct turn turn = {.held = &own};
  memcpy(turn.id, id, ID_LENGTH);
  return is_counter(update->attribute) && write_once(connection, &turn, update_in);
}

static bool count(void *argument, const char *id, const char *attribute, uint64_t *out) {
  const struct connection *connection = argument;
  size_t length = 0;
  int64_t accessed = 0;
  uint32_t visits = 0;
  if (!is_counter(attribute) || !read_once(connection, id, connection->bytes, &length, &accessed) ||
      !workload_visits(&connection->opened->workload, connection->bytes, length, &visits))
    return false;
  *out = visits;
  return true;
}

static bool touch_in(const struct connection *connection, MDB_txn *transaction,
                     const struct turn *turn) {
  size_t length = 0;
  int64_t accessed = 0;
  return take(connection, transaction, turn->id, connection->bytes, &length, &accessed) &&
         put(connection, transaction, turn->id, connection->bytes, length, 0);
}

static bool touch(void *connection, const struct turn *turn) {
  return write_once(connection, turn, touch_in);
}

static bool has(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  MDB_val value;
  if (!is_ok(mdb_txn_renew(connection->reading), "mdb_txn_renew"))
    return false;
  bool is_there = find(connection, connection->reading, turn->id, &value);
  mdb_txn_reset(connection->reading);
  return is_there;
}

static bool unchanged(void *connection, const struct turn *turn) {
  struct held *held = turn->held;
  return is_due(&held->accessed) ? touch(connection, turn) : has(connection, turn);
}

static bool delete_in(const struct connection *connection, MDB_txn *transaction,
                      const struct turn *turn) {
  MDB_val key = key_of(turn->id);
  return is_ok(mdb_del(transaction, connection->opened->database, &key, NULL), "mdb_del");
}

static bool delete(void *connection, const struct turn *turn) {
  return write_once(connection, turn, delete_in);
}

static const struct note notes[] = {
    NOTES_OF_BYTES,
    {"touch", "stores the whole session anew, as the time stands before it"},
    {NULL, NULL}};

const struct store store = {.name = "LMDB",
                            .notes = notes,
                            .version = version,
                            .open = open_environment,
                            .connect = connect_thread,
                            .disconnect = disconnect,
                            .fill = fill,
                            .group = group,
                            .operations = ALL_OPERATIONS,
                            .hold = hold,
                            .release = free,
                            .page = held_page,
                            .iterate = iterate,
                            .update = update,
                            .count = count};
