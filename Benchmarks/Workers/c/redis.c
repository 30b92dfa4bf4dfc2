/* SPDX-License-Identifier: MIT */
/* Redis over a unix socket: a string for each session, which expires by itself, so there is no
 * sweep. Commands that need no answer of each other's travel together. The controller starts the
 * server:
 *   none: redis-server --port 0 --unixsocket DIRECTORY/redis.sock --dir DIRECTORY --save ''
 *         --appendonly no
 *   data: redis-server --port 0 --unixsocket DIRECTORY/redis.sock --dir DIRECTORY --save ''
 *         --appendonly yes --appendfsync always */
#include "redis_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_COUNT "500"
#define COUNTER_KEY (ID_LENGTH + sizeof ":" COUNTER)

struct opened {
  char path[4096];
  struct workload workload;
};

static char server_version[64] = "unknown";

static void *open_socket(const struct place *place) {
  struct opened *opened = calloc(1, sizeof *opened);
  if (opened == NULL || !workload_make(place->padding, &opened->workload)) {
    free(opened);
    return NULL;
  }
  snprintf(opened->path, sizeof opened->path, "%s/redis.sock", place->directory);
  return opened;
}

static const char *version(void) { return server_version; }

static void disconnect(void *argument) {
  struct connection *connection = argument;
  if (connection->context != NULL)
    redisFree(connection->context);
  free(connection->bytes);
  free(connection);
}

static bool ask_version(const struct connection *connection) {
  struct command command = word_command("INFO");
  redisReply *reply = ask(connection, &command);
  if (reply == NULL)
    return false;
  const char *found = reply->str == NULL ? NULL : strstr(reply->str, "redis_version:");
  if (found != NULL) {
    found += sizeof "redis_version:" - 1;
    snprintf(server_version, sizeof server_version, "%.*s", (int)strcspn(found, "\r\n"), found);
  }
  freeReplyObject(reply);
  return true;
}

static void *connect_thread(void *argument) {
  const struct opened *opened = argument;
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL)
    return NULL;
  connection->workload = &opened->workload;
  connection->bytes = malloc(opened->workload.capacity);
  connection->context = redisConnectUnix(opened->path);
  if (connection->bytes == NULL || connection->context == NULL)
    failed("no memory");
  else if (connection->context->err != 0)
    failed("%s: %s", opened->path, connection->context->errstr);
  else if (ask_version(connection))
    return connection;
  disconnect(connection);
  return NULL;
}

static bool fill(void *argument, const char *id) {
  struct connection *connection = argument;
  struct command command =
      set_command(id, connection->workload->bytes, connection->workload->length, NULL);
  connection->filled += 1;
  return send_command(connection, &command);
}

static bool group(void *argument, bool is_begin) {
  struct connection *connection = argument;
  bool is_done = true;
  for (; !is_begin && connection->filled > 0; connection->filled--)
    is_done = is_status(connection, "OK") && is_done;
  return is_done;
}

static bool create(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  struct command command =
      set_command(turn->id, connection->workload->bytes, connection->workload->length, "NX");
  return send_command(connection, &command) && is_status(connection, "OK");
}

/** What is loaded is the host's own already. */
static bool load(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  struct command command = id_command("GET", turn->id);
  redisReply *reply = ask(connection, &command);
  bool is_done = reply != NULL && is_payload(connection, reply);
  freeReplyObject(reply);
  return is_done;
}

static void *hold(void *argument, const char *id) {
  const struct connection *connection = argument;
  struct command command = id_command("GET", id);
  redisReply *reply = ask(connection, &command);
  struct held *held = malloc(sizeof *held + connection->workload->capacity);
  if (held != NULL && reply != NULL && is_payload(connection, reply)) {
    held->length = (size_t)reply->len;
    memcpy(held->bytes, reply->str, held->length);
  } else {
    free(held);
    held = NULL;
  }
  freeReplyObject(reply);
  return held;
}

/** XX: what was deleted is not brought back. */
static bool resave(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  struct held *held = turn->held;
  if (!workload_visit(connection->workload, held->bytes, &held->length))
    return false;
  struct command command = set_command(turn->id, held->bytes, held->length, "XX");
  return send_command(connection, &command) && is_status(connection, "OK");
}

/** Changes what was loaded as a request does, or as an update does that takes its time. */
static bool change(const struct connection *connection, size_t *length, const struct turn *turn,
                   const struct update *update) {
  if (update == NULL)
    return workload_request(connection->workload, connection->bytes, length, turn->page);
  think(update);
  return workload_visit(connection->workload, connection->bytes, length);
}

enum outcome { DONE, FAILED, AGAIN };

/** Two round trips: WATCH and GET; MULTI, SET and EXEC, which does nothing if the session was changed
 * in between. */
static enum outcome try_request(const struct connection *connection, const struct turn *turn,
                                const struct update *update) {
  struct command watch = id_command("WATCH", turn->id), get = id_command("GET", turn->id);
  if (!send_command(connection, &watch) || !send_command(connection, &get) ||
      !is_status(connection, "OK"))
    return FAILED;
  redisReply *reply = answer(connection);
  bool is_good = reply != NULL && is_payload(connection, reply);
  size_t length = is_good ? (size_t)reply->len : 0;
  if (is_good)
    memcpy(connection->bytes, reply->str, length);
  freeReplyObject(reply);
  if (!is_good || !change(connection, &length, turn, update))
    return FAILED;
  struct command multi = word_command("MULTI"), execute = word_command("EXEC"),
                 set = set_command(turn->id, connection->bytes, length, "XX");
  if (!send_command(connection, &multi) || !send_command(connection, &set) ||
      !send_command(connection, &execute))
    return FAILED;
  /* All answers are taken, or the next operation would find them. */
  is_good = is_status(connection, "OK");
  is_good = is_status(connection, "QUEUED") && is_good;
  reply = answer(connection);
  enum outcome outcome = FAILED;
  if (is_good && reply != NULL && reply->type == REDIS_REPLY_NIL)
    outcome = AGAIN;
  else if (is_good && reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
           reply->element[0]->type == REDIS_REPLY_STATUS)
    outcome = DONE;
  else if (is_good && reply != NULL)
    failed("redis: EXEC did not set");
  freeReplyObject(reply);
  return outcome;
}

static bool request(void *connection, const struct turn *turn) {
  enum outcome outcome = AGAIN;
  while (outcome == AGAIN) outcome = try_request(connection, turn, NULL);
  return outcome == DONE;
}

static bool update(void *connection, const char *id, const struct update *update) {
  struct turn turn = {.held = NULL};
  enum outcome outcome = AGAIN;
  memcpy(turn.id, id, ID_LENGTH);
  if (!is_counter(update->attribute))
    return false;
  while (outcome == AGAIN) outcome = try_request(connection, &turn, update);
  return outcome == DONE;
}

static void name_counter(const char *id, char key[COUNTER_KEY]) {
  snprintf(key, COUNTER_KEY, "%.*s:" COUNTER, ID_LENGTH, id);
}

/** A key of its own beside the session, as INCR counts a whole string; and it expires likewise. */
static bool increment(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  char key[COUNTER_KEY];
  int64_t sum = 0, is_there = 0;
  name_counter(turn->id, key);
  struct command add = key_command("INCR", key), expire = expire_command(key);
  if (!send_command(connection, &add) || !send_command(connection, &expire))
    return false;
  bool is_done = is_number(connection, &sum);
  is_done = is_number(connection, &is_there) && is_done;
  return is_done && ((sum > 0 && is_there == 1) || failed("redis: INCR did not count"));
}

/** Of the session and of its counter. */
static bool count(void *argument, const char *id, const char *attribute, uint64_t *out) {
  const struct connection *connection = argument;
  char key[COUNTER_KEY];
  uint32_t visits = 0;
  if (!is_counter(attribute))
    return false;
  name_counter(id, key);
  struct command load = id_command("GET", id), look = key_command("GET", key);
  redisReply *session = ask(connection, &load), *counter = ask(connection, &look);
  bool is_done = session != NULL && counter != NULL && is_payload(connection, session) &&
                 workload_visits(connection->workload, (const unsigned char *)session->str,
                                 (size_t)session->len, &visits);
  *out = visits;
  if (is_done && counter->type == REDIS_REPLY_STRING)
    *out += strtoull(counter->str, NULL, 10);
  freeReplyObject(session);
  freeReplyObject(counter);
  return is_done;
}

static bool touch(void *connection, const struct turn *turn) {
  struct command command = expire_command(turn->id);
  return is_one(connection, &command);
}

static bool has(void *connection, const struct turn *turn) {
  struct command command = id_command("EXISTS", turn->id);
  return is_one(connection, &command);
}

/** One command renews the lifetime and tells whether the session is there. */
static bool unchanged(void *connection, const struct turn *turn) { return touch(connection, turn); }

static bool delete(void *connection, const struct turn *turn) {
  struct command command = id_command("DEL", turn->id);
  return is_one(connection, &command);
}

/** Loads the sessions of an MGET whose words were sent. */
static bool take_all(const struct connection *connection) {
  redisReply *reply = answer(connection);
  bool is_good = reply != NULL;
  for (size_t i = 0; is_good && i < reply->elements; i++)
    is_good = is_payload(connection, reply->element[i]);
  freeReplyObject(reply);
  return is_good;
}

/** MGET of the ids that a SCAN answered. */
static bool load_all(const struct connection *connection, const redisReply *ids) {
  const size_t count = ids->elements + 1;
  const char **words = malloc(count * sizeof *words);
  size_t *lengths = malloc(count * sizeof *lengths);
  bool is_good = false;
  if (words != NULL && lengths != NULL) {
    words[0] = "MGET";
    lengths[0] = sizeof "MGET" - 1;
    for (size_t i = 1; i < count; i++) {
      words[i] = ids->element[i - 1]->str;
      lengths[i] = (size_t)ids->element[i - 1]->len;
    }
    is_good = redisAppendCommandArgv(connection->context, (int)count, words, lengths) == REDIS_OK
                  ? take_all(connection)
                  : failed("redis: %s", connection->context->errstr);
  } else {
    failed("no memory");
  }
  free(words);
  free(lengths);
  return is_good;
}

static bool iterate(void *argument, uint64_t *sessions) {
  const struct connection *connection = argument;
  char cursor[32] = "0";
  bool is_good = true;
  do {
    struct command command = {
        4, {"SCAN", cursor, "COUNT", SCAN_COUNT}, {4, strlen(cursor), 5, sizeof SCAN_COUNT - 1}};
    redisReply *reply = ask(connection, &command);
    is_good = reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2;
    if (is_good) {
      snprintf(cursor, sizeof cursor, "%s", reply->element[0]->str);
      if (reply->element[1]->elements > 0)
        is_good = load_all(connection, reply->element[1]);
      *sessions += reply->element[1]->elements;
    }
    freeReplyObject(reply);
  } while (is_good && strcmp(cursor, "0") != 0);
  return is_good;
}

static const struct note notes[] = {NOTES_OF_BYTES,
                                    {"unchanged", "renews the lifetime, whether it is due or not"},
                                    {"increment", "adds to a key of its own beside the session"},
                                    {NULL, NULL}};

const struct store store = {.name = "Redis",
                            .notes = notes,
                            .version = version,
                            .open = open_socket,
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
