/* SPDX-License-Identifier: MIT */
/* SQLite: one row for each session, prepared statements, a connection for each thread.
 *
 * An ordinary table with an index of ids, not WITHOUT ROWID: SQLite's manual advises that for rows
 * below a twentieth of a page (200 bytes), as such a table keeps whole rows in its inner nodes;
 * these have 300 bytes to 100 KB. `accessed` stands before the payload, so that it is found without
 * the pages that a payload overflows to. Saves and touches set it, as the sweep goes by it. `counter`
 * is what `increment` adds to, in one statement.
 *
 * WAL; for `none` synchronous=NORMAL, which syncs at checkpoints only and survives the death of a
 * process, for `data` FULL, which syncs each commit. */
#include "worker.h"
#include "workload.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
enum statement {
  BEGIN, COMMIT, ROLLBACK, REPLACE, INSERT, SELECT, SELECT_ALL, UPDATE, RENEW, ADD, COUNT, EXISTS,
  REMOVE, SWEEP,
  STATEMENT_COUNT
};
/* clang-format on */

static const char *const texts[STATEMENT_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [REPLACE] = "INSERT OR REPLACE INTO session (id, accessed, payload) VALUES (?1, ?2, ?3)",
    [INSERT] = "INSERT INTO session (id, accessed, payload) VALUES (?1, ?2, ?3)",
    [SELECT] = "SELECT payload, accessed FROM session WHERE id = ?1",
    [SELECT_ALL] = "SELECT payload FROM session",
    [UPDATE] = "UPDATE session SET accessed = ?2, payload = ?3 WHERE id = ?1",
    [RENEW] = "UPDATE session SET accessed = ?2 WHERE id = ?1",
    [ADD] = "UPDATE session SET accessed = ?2, counter = counter + 1 WHERE id = ?1",
    [COUNT] = "SELECT counter FROM session WHERE id = ?1",
    [EXISTS] = "SELECT 1 FROM session WHERE id = ?1",
    [REMOVE] = "DELETE FROM session WHERE id = ?1",
    [SWEEP] = "DELETE FROM session WHERE accessed < ?2"};

struct opened {
  char path[4096];
  bool is_synced;
  struct workload workload;
};

struct connection {
  sqlite3 *database;
  sqlite3_stmt *statements[STATEMENT_COUNT];
  const struct workload *workload;
  unsigned char *bytes; /**< of the workload's capacity */
};

static bool failed_query(const struct connection *connection, const char *what) {
  return failed("%s: %s", what, sqlite3_errmsg(connection->database));
}

static void *open_database(const struct place *place) {
  struct opened *opened = calloc(1, sizeof *opened);
  if (opened == NULL || !workload_make(place->padding, &opened->workload)) {
    free(opened);
    return NULL;
  }
  opened->is_synced = place->is_synced;
  snprintf(opened->path, sizeof opened->path, "%s/sessions.sqlite", place->directory);
  return opened;
}

static void disconnect(void *argument) {
  struct connection *connection = argument;
  for (int i = 0; i < STATEMENT_COUNT; i++) sqlite3_finalize(connection->statements[i]);
  sqlite3_close(connection->database);
  free(connection->bytes);
  free(connection);
}

/** Opens the database; a page cache of 64 MB, and reads through a map of the file. */
static bool prepare(struct connection *connection, const struct opened *opened) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  char set_up[512];
  snprintf(set_up, sizeof set_up,
           "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = %s;"
           "PRAGMA cache_size = -65536; PRAGMA mmap_size = 1073741824;"
           "CREATE TABLE IF NOT EXISTS session"
           " (id TEXT PRIMARY KEY, accessed INTEGER NOT NULL, counter INTEGER NOT NULL DEFAULT 0,"
           " payload BLOB NOT NULL);"
           "CREATE INDEX IF NOT EXISTS session_accessed ON session (accessed)",
           opened->is_synced ? "FULL" : "NORMAL");
  if (sqlite3_open_v2(opened->path, &connection->database, flags, NULL) != SQLITE_OK)
    return failed_query(connection, "open");
  if (sqlite3_exec(connection->database, set_up, NULL, NULL, NULL) != SQLITE_OK)
    return failed_query(connection, "set up");
  for (int i = 0; i < STATEMENT_COUNT; i++)
    if (sqlite3_prepare_v3(connection->database, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                           &connection->statements[i], NULL) != SQLITE_OK)
      return failed_query(connection, texts[i]);
  return true;
}

static void *connect_thread(void *argument) {
  const struct opened *opened = argument;
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL)
    return NULL;
  connection->workload = &opened->workload;
  connection->bytes = malloc(opened->workload.capacity);
  if (connection->bytes != NULL && prepare(connection, opened))
    return connection;
  disconnect(connection);
  return NULL;
}

/** Runs a statement that answers no rows. */
static bool run(const struct connection *connection, enum statement statement) {
  sqlite3_stmt *own = connection->statements[statement];
  int result = sqlite3_step(own);
  sqlite3_reset(own);
  return result == SQLITE_DONE || failed_query(connection, texts[statement]);
}

static sqlite3_stmt *bind_id(const struct connection *connection, enum statement statement,
                             const char *id) {
  sqlite3_stmt *own = connection->statements[statement];
  sqlite3_bind_text(own, 1, id, ID_LENGTH, SQLITE_STATIC);
  return own;
}

/** Runs a statement that changes the row of an id, which is there. */
static bool change(const struct connection *connection, enum statement statement, const char *id) {
  bind_id(connection, statement, id);
  return run(connection, statement) &&
         (sqlite3_changes(connection->database) == 1 || failed("there is no such session"));
}

static bool write_payload(const struct connection *connection, enum statement statement,
                          const char *id, const unsigned char *bytes, size_t length) {
  sqlite3_stmt *own = connection->statements[statement];
  sqlite3_bind_int64(own, 2, realtime_us());
  sqlite3_bind_blob(own, 3, bytes, (int)length, SQLITE_STATIC);
  return change(connection, statement, id);
}

/** Copies the payload of a row into memory of the host's own. */
static bool take(const struct connection *connection, enum statement statement,
                 unsigned char *bytes, size_t *length) {
  sqlite3_stmt *own = connection->statements[statement];
  const void *payload = sqlite3_column_blob(own, 0);
  *length = (size_t)sqlite3_column_bytes(own, 0);
  if (payload == NULL || *length > connection->workload->capacity)
    return failed("what was loaded is not the session of the workload");
  memcpy(bytes, payload, *length);
  return true;
}

static bool read_payload(const struct connection *connection, const char *id, unsigned char *bytes,
                         size_t *length, int64_t *accessed) {
  sqlite3_stmt *own = bind_id(connection, SELECT, id);
  int result = sqlite3_step(own);
  bool is_done = result == SQLITE_ROW && take(connection, SELECT, bytes, length);
  if (is_done)
    *accessed = sqlite3_column_int64(own, 1);
  else if (result == SQLITE_DONE)
    failed("there is no such session");
  else if (result != SQLITE_ROW)
    failed_query(connection, texts[SELECT]);
  sqlite3_reset(own);
  return is_done;
}

static bool fill(void *argument, const char *id) {
  const struct connection *connection = argument;
  const struct workload *workload = connection->workload;
  return write_payload(connection, REPLACE, id, workload->bytes, workload->length);
}

static bool group(void *connection, bool is_begin) {
  return run(connection, is_begin ? BEGIN : COMMIT);
}

static bool create(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  const struct workload *workload = connection->workload;
  return write_payload(connection, INSERT, turn->id, workload->bytes, workload->length);
}

static bool load(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  size_t length = 0;
  int64_t accessed = 0;
  uint32_t visits = 0;
  return read_payload(connection, turn->id, connection->bytes, &length, &accessed) &&
         workload_visits(connection->workload, connection->bytes, length, &visits);
}

static void *hold(void *argument, const char *id) {
  const struct connection *connection = argument;
  struct held *held = malloc(sizeof *held + connection->workload->capacity);
  if (held != NULL && read_payload(connection, id, held->bytes, &held->length, &held->accessed))
    return held;
  free(held);
  return NULL;
}

static bool resave(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  struct held *held = turn->held;
  return workload_visit(connection->workload, held->bytes, &held->length) &&
         write_payload(connection, UPDATE, turn->id, held->bytes, held->length);
}

/** In one transaction from the reading to the writing, so that no change of another's is lost.
 * @param update  NULL, or what is done in place of a request */
static bool change_once(const struct connection *connection, const struct turn *turn,
                        const struct update *update) {
  size_t length = 0;
  int64_t accessed = 0;
  if (!run(connection, BEGIN))
    return false;
  bool is_done = read_payload(connection, turn->id, connection->bytes, &length, &accessed);
  if (is_done && update != NULL) {
    think(update);
    is_done = workload_visit(connection->workload, connection->bytes, &length);
  } else if (is_done) {
    is_done = workload_request(connection->workload, connection->bytes, &length, turn->page);
  }
  if (is_done && write_payload(connection, UPDATE, turn->id, connection->bytes, length) &&
      run(connection, COMMIT))
    return true;
  sqlite3_step(connection->statements[ROLLBACK]);
  sqlite3_reset(connection->statements[ROLLBACK]);
  return false;
}

static bool request(void *connection, const struct turn *turn) {
  return change_once(connection, turn, NULL);
}

static bool update(void *connection, const char *id, const struct update *update) {
  struct turn turn = {.held = NULL};
  memcpy(turn.id, id, ID_LENGTH);
  return is_counter(update->attribute) && change_once(connection, &turn, update);
}

static bool increment(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  sqlite3_bind_int64(connection->statements[ADD], 2, realtime_us());
  return change(connection, ADD, turn->id);
}

/** Of the session and of its counter. */
static bool count(void *argument, const char *id, const char *attribute, uint64_t *out) {
  const struct connection *connection = argument;
  size_t length = 0;
  int64_t accessed = 0;
  uint32_t visits = 0;
  if (!is_counter(attribute) ||
      !read_payload(connection, id, connection->bytes, &length, &accessed) ||
      !workload_visits(connection->workload, connection->bytes, length, &visits))
    return false;
  sqlite3_stmt *own = bind_id(connection, COUNT, id);
  bool is_there = sqlite3_step(own) == SQLITE_ROW;
  *out = visits + (is_there ? (uint64_t)sqlite3_column_int64(own, 0) : 0);
  sqlite3_reset(own);
  return is_there || failed_query(connection, texts[COUNT]);
}

static bool touch(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  sqlite3_bind_int64(connection->statements[RENEW], 2, realtime_us());
  return change(connection, RENEW, turn->id);
}

static bool has(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  sqlite3_stmt *own = bind_id(connection, EXISTS, turn->id);
  int result = sqlite3_step(own);
  sqlite3_reset(own);
  return result == SQLITE_ROW || failed("there is no such session");
}

static bool unchanged(void *connection, const struct turn *turn) {
  struct held *held = turn->held;
  return is_due(&held->accessed) ? touch(connection, turn) : has(connection, turn);
}

static bool delete(void *connection, const struct turn *turn) {
  return change(connection, REMOVE, turn->id);
}

static bool iterate(void *argument, uint64_t *sessions) {
  const struct connection *connection = argument;
  sqlite3_stmt *own = connection->statements[SELECT_ALL];
  bool is_good = true;
  int result = SQLITE_DONE;
  size_t length = 0;
  uint32_t visits = 0;
  while (is_good && (result = sqlite3_step(own)) == SQLITE_ROW) {
    is_good = take(connection, SELECT_ALL, connection->bytes, &length) &&
              workload_visits(connection->workload, connection->bytes, length, &visits);
    *sessions += 1;
  }
  sqlite3_reset(own);
  return is_good && (result == SQLITE_DONE || failed_query(connection, texts[SELECT_ALL]));
}

static bool sweep(void *argument, double seconds, uint64_t *deleted) {
  const struct connection *connection = argument;
  sqlite3_bind_int64(connection->statements[SWEEP], 2, realtime_us() - (int64_t)(seconds * 1e6));
  if (!run(connection, SWEEP))
    return false;
  *deleted = (uint64_t)sqlite3_changes(connection->database);
  return true;
}

static const struct note notes[] = {
    NOTES_OF_BYTES, {"increment", "adds to a column of its own beside the session"}, {NULL, NULL}};

const struct store store = {.name = "SQLite",
                            .notes = notes,
                            .version = sqlite3_libversion,
                            .open = open_database,
                            .connect = connect_thread,
                            .disconnect = disconnect,
                            .fill = fill,
                            .group = group,
                            .operations = ALL_OPERATIONS,
                            .hold = hold,
                            .release = free,
                            .page = held_page,
                            .iterate = iterate,
                            .sweep = sweep,
                            .update = update,
                            .count = count};
