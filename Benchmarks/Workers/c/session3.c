/* SPDX-License-Identifier: MIT */
/* libsession3 by its plain C interface. Threads share one handle of the store. */
#include "session3.h"

#include "worker.h"
#include "workload.h"

#include <stdlib.h>
#include <string.h>

/** The open store; every connection is it. */
struct opened {
  session3_store *store;
  const char *padding;
  size_t padding_length;
  /* Values that hosts make with a writer, or have at hand. */
  session3_writer *recent_writer, *address_writer;
  session3_value recent, address;
};

static bool is_ok(session3_status status, const session3_error *error, const char *what) {
  if (status == SESSION3_OK)
    return true;
  return failed("%s: %s: %s", what, session3_status_text(status), error->message);
}

#define LITERAL(text) (text), sizeof(text) - 1

static bool make_values(struct opened *opened, session3_error *error) {
  static const char *const address[] = {
      "street", "12 St James's Square", "city", "London", "country", "GB"};
  session3_status status = session3_writer_new(&opened->recent_writer, error);
  session3_writer *writer = opened->recent_writer;
  if (status == SESSION3_OK)
    status = session3_writer_array(writer, 5, error);
  for (int i = 1; i <= 5 && status == SESSION3_OK; i++)
    status = session3_writer_int(writer, INT64_C(101) * i, error);
  if (status == SESSION3_OK)
    status = session3_writer_finish(writer, &opened->recent, error);
  if (status == SESSION3_OK)
    status = session3_writer_new(&opened->address_writer, error);
  writer = opened->address_writer;
  if (status == SESSION3_OK)
    status = session3_writer_map(writer, 3, error);
  for (int i = 0; i < 6 && status == SESSION3_OK; i++)
    status = session3_writer_text(writer, address[i], strlen(address[i]), error);
  if (status == SESSION3_OK)
    status = session3_writer_finish(writer, &opened->address, error);
  return is_ok(status, error, "values");
}

/** Makes the session of the workload as a host does, by one call for each of its parts. */
static session3_session *make_session(const struct opened *opened, const char *id) {
  session3_session *session = NULL;
  session3_error error = SESSION3_ERROR_INIT, *out = &error;
  bool is_made =
      session3_session_new(id, ID_LENGTH, &session, out) == 0 &&
      session3_session_set_user_text(session, LITERAL(USER), out) == 0 &&
      session3_session_set_remote_address(session, LITERAL(REMOTE_ADDRESS), out) == 0 &&
      session3_session_set_text(session, LITERAL("theme"), LITERAL(THEME), out) == 0 &&
      session3_session_set_text(session, LITERAL("language"), LITERAL(LANGUAGE), out) == 0 &&
      session3_session_set_text(session, LITERAL("page"), LITERAL(PAGE), out) == 0 &&
      session3_session_set_text(session, LITERAL("referrer"), LITERAL(REFERRER), out) == 0 &&
      session3_session_set_int(session, LITERAL("visits"), VISITS, out) == 0 &&
      session3_session_set_int(session, LITERAL("cart_total"), CART_TOTAL, out) == 0 &&
      session3_session_set_int(session, LITERAL("last_order"), LAST_ORDER, out) == 0 &&
      session3_session_set_double(session, LITERAL("ratio"), RATIO, out) == 0 &&
      session3_session_set(session, LITERAL("recent"), &opened->recent, out) == 0 &&
      session3_session_set(session, LITERAL("address"), &opened->address, out) == 0 &&
      (opened->padding_length == 0 ||
       session3_session_set_text(session, LITERAL("padding"), opened->padding,
                                 opened->padding_length, out) == 0);
  if (is_made)
    return session;
  session3_session_free(session);
  failed("make: %s", error.message);
  return NULL;
}

/** Whether the library stores the bytes that the other workers store. */
static bool has_equal_bytes(const struct opened *opened) {
  struct workload workload;
  const void *payload = NULL;
  size_t length = 0;
  if (!workload_make(opened->padding_length, &workload))
    return false;
  session3_session *session = make_session(opened, "0123456789abcdef012345");
  bool is_equal = session != NULL &&
                  session3_session_payload(session, &payload, &length, NULL) == SESSION3_OK &&
                  length == workload.length && memcmp(payload, workload.bytes, length) == 0;
  session3_session_free(session);
  free(workload.bytes);
  return is_equal || failed("the library encodes the session otherwise than workload.c");
}

static void *open_store(const struct place *place) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.flags = SESSION3_DIRECTORY_CREATE;
  options.sync = place->is_synced ? SESSION3_SYNC_DATA : SESSION3_SYNC_NONE;
  struct opened *opened = calloc(1, sizeof *opened);
  char *padding = malloc(place->padding + 1);
  if (opened != NULL && padding != NULL) {
    memset(padding, 'x', place->padding);
    opened->padding = padding;
    opened->padding_length = place->padding;
    if (is_ok(session3_store_open_directory(place->directory, strlen(place->directory), &options,
                                            &opened->store, &error),
              &error, "open") &&
        make_values(opened, &error) && has_equal_bytes(opened))
      return opened;
  }
  free(padding);
  free(opened);
  return NULL;
}

static const char *version(void) {
  static session3_version_info info = {.size = sizeof info};
  return session3_version(&info, NULL) == SESSION3_OK ? info.text : "unknown";
}

static void *share(void *opened) { return opened; }

static void leave(void *connection) { (void)connection; }

static bool fill(void *connection, const char *id) {
  struct opened *opened = connection;
  session3_error error = SESSION3_ERROR_INIT;
  session3_session *session = make_session(opened, id);
  bool is_done = session != NULL &&
                 is_ok(session3_store_save(opened->store, session, SESSION3_SAVE_DEFAULT, &error),
                       &error, "fill");
  session3_session_free(session);
  return is_done;
}

static bool create(void *connection, const struct turn *turn) {
  struct opened *opened = connection;
  session3_error error = SESSION3_ERROR_INIT;
  session3_session *session = make_session(opened, turn->id);
  bool is_done = session != NULL &&
                 is_ok(session3_store_create(opened->store, session, &error), &error, "create");
  session3_session_free(session);
  return is_done;
}

static void *hold(void *connection, const char *id) {
  struct opened *opened = connection;
  session3_error error = SESSION3_ERROR_INIT;
  session3_session *session = NULL;
  is_ok(session3_store_load(opened->store, id, ID_LENGTH, &session, &error), &error, "load");
  return session;
}

static void release(void *held) { session3_session_free(held); }

static bool page(const void *held, char *out, size_t size) {
  session3_error error = SESSION3_ERROR_INIT;
  const char *text = NULL;
  size_t length = 0;
  if (!is_ok(session3_session_get_text(held, LITERAL("page"), &text, &length, &error), &error,
             "page"))
    return false;
  if (length >= size)
    return failed("what was loaded has another page");
  memcpy(out, text, length);
  out[length] = '\0';
  return true;
}

/** Reads `visits`, which is never less than in a new session. */
static bool read_visits(const session3_session *session, int64_t *visits) {
  session3_error error = SESSION3_ERROR_INIT;
  return is_ok(session3_session_get_int(session, LITERAL("visits"), visits, &error), &error,
               "visits") &&
         (*visits >= VISITS || failed("visits went backwards"));
}

/** By one call: no other increment is lost to it, nor is it to a merge. */
static bool increment(void *connection, const struct turn *turn) {
  struct opened *opened = connection;
  int64_t sum = 0;
  session3_error error = SESSION3_ERROR_INIT;
  return is_ok(session3_store_increment(opened->store, turn->id, ID_LENGTH, LITERAL(COUNTER), 1,
                                        &sum, &error),
               &error, "increment") &&
         (sum > VISITS || failed("visits went backwards"));
}

/** Reads a number; a missing one is 0. */
static bool read_number(const session3_session *session, const char *key, int64_t *value) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_status status = session3_session_get_int(session, key, strlen(key), value, &error);
  if (status == SESSION3_NOT_FOUND)
    *value = 0;
  return status == SESSION3_NOT_FOUND || is_ok(status, &error, key);
}

static bool count(void *connection, const char *id, const char *attribute, uint64_t *out) {
  int64_t value = 0;
  session3_session *session = hold(connection, id);
  bool is_done = session != NULL && read_number(session, attribute, &value);
  session3_session_free(session);
  *out = (uint64_t)value;
  return is_done;
}

static bool add_visit(session3_session *session) {
  int64_t visits = 0;
  session3_error error = SESSION3_ERROR_INIT;
  return read_visits(session, &visits) &&
         is_ok(session3_session_set_int(session, LITERAL("visits"), visits + 1, &error), &error,
               "set");
}

static bool save(struct opened *opened, session3_session *session) {
  session3_error error = SESSION3_ERROR_INIT;
  return is_ok(session3_store_save(opened->store, session, SESSION3_SAVE_DEFAULT, &error), &error,
               "save");
}

/** A save merges: of one attribute the later save counts, and of several each. */
static bool update(void *connection, const char *id, const struct update *update) {
  session3_error error = SESSION3_ERROR_INIT;
  const char *key = update->attribute;
  int64_t value = 0;
  session3_session *session = hold(connection, id);
  bool is_done =
      session != NULL && read_number(session, key, &value) &&
      is_ok(session3_session_set_int(session, key, strlen(key), value + 1, &error), &error, "set");
  if (is_done) {
    think(update);
    is_done = save(connection, session);
  }
  session3_session_free(session);
  return is_done;
}

static bool load(void *connection, const struct turn *turn) {
  int64_t visits = 0;
  session3_session *session = hold(connection, turn->id);
  bool is_done = session != NULL && read_visits(session, &visits);
  session3_session_free(session);
  return is_done;
}

static bool request(void *connection, const struct turn *turn) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_session *session = hold(connection, turn->id);
  bool is_done =
      session != NULL && add_visit(session) &&
      is_ok(session3_session_set_text(session, LITERAL("page"), turn->page, PAGE_LENGTH, &error),
            &error, "set") &&
      save(connection, session);
  session3_session_free(session);
  return is_done;
}

static bool resave(void *connection, const struct turn *turn) {
  return add_visit(turn->held) && save(connection, turn->held);
}

static bool unchanged(void *connection, const struct turn *turn) {
  return save(connection, turn->held);
}

static bool touch(void *connection, const struct turn *turn) {
  struct opened *opened = connection;
  session3_error error = SESSION3_ERROR_INIT;
  return is_ok(session3_store_touch(opened->store, turn->id, ID_LENGTH, &error), &error, "touch");
}

static bool has(void *connection, const struct turn *turn) {
  struct opened *opened = connection;
  session3_error error = SESSION3_ERROR_INIT;
  return is_ok(session3_store_has(opened->store, turn->id, ID_LENGTH, &error), &error, "has");
}

static bool delete(void *connection, const struct turn *turn) {
  struct opened *opened = connection;
  session3_error error = SESSION3_ERROR_INIT;
  return is_ok(session3_store_delete(opened->store, turn->id, ID_LENGTH, &error), &error, "delete");
}

static bool iterate(void *connection, uint64_t *sessions) {
  struct opened *opened = connection;
  session3_error error = SESSION3_ERROR_INIT;
  session3_iterator *iterator = NULL;
  session3_session *session = NULL;
  int64_t visits = 0;
  session3_status status = session3_store_iterate(opened->store, &iterator, &error);
  bool is_good = true;
  while (is_good && status == SESSION3_OK) {
    status = session3_iterator_next(iterator, &session, &error);
    if (status == SESSION3_OK) {
      is_good = read_visits(session, &visits);
      *sessions += 1;
    }
    session3_session_free(session);
  }
  session3_iterator_free(iterator);
  return is_good && (status == SESSION3_DONE || is_ok(status, &error, "iterate"));
}

static bool sweep(void *connection, double seconds, uint64_t *deleted) {
  struct opened *opened = connection;
  session3_error error = SESSION3_ERROR_INIT;
  return is_ok(session3_store_sweep(opened->store, (int64_t)(seconds * 1e6), deleted, NULL, &error),
               &error, "sweep");
}

static const struct note notes[] = {
    {"request", "merges with what others saved: of one attribute the later save counts"},
    {NULL, NULL}};

const struct store store = {.name = "libsession3",
                            .notes = notes,
                            .version = version,
                            .open = open_store,
                            .connect = share,
                            .disconnect = leave,
                            .fill = fill,
                            .operations = ALL_OPERATIONS,
                            .hold = hold,
                            .release = release,
                            .page = page,
                            .iterate = iterate,
                            .sweep = sweep,
                            .update = update,
                            .count = count};
