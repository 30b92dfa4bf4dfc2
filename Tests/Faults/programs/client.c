/* SPDX-License-Identifier: MIT */
/* Does random things to a few sessions, and notes when each began and ended, and what it told:
 *   client DIRECTORY JOURNAL NUMBER
 * NUMBER, 0 to 5, is the client's own. For each line "EPOCH SEED CALLS AIMED" of stdin it makes so
 * many calls on the sessions of that epoch, fills the journal from its beginning, and prints a line;
 * from the call AIMED on, if that is not 0, a timer sends SIGKILL into each call.
 * python_client.py does the same in Python, without the timer. */
#include "journal.h"

#include <inttypes.h>

#define SESSIONS 4
#define CLIENTS 6
#define TOKENS 4
#define TYPICAL_NS 30000

enum operation { CREATE, LOAD, SAVE_FAIL, SAVE_MERGE, INCREMENT, CONSUME, DELETE, HAS, RENEW };

/** All that a session holds; a new one has zeros and all tokens. */
struct content {
  int64_t incarnation; /* tells sessions of one id apart */
  int64_t shared;      /* saved by all, with the policy "fail" */
  int64_t count;
  int64_t own[CLIENTS]; /* saved by one client each, merged */
  uint64_t tokens;      /* a bit for each */
};

/** One call. histories.py reads it: "<IIiI4q10q10q". */
struct entry {
  _Atomic uint32_t state;
  uint32_t operation;
  int32_t status;
  uint32_t session;
  int64_t start_ns;
  int64_t end_ns;
  int64_t value; /* that is saved, no two the same; the number of a token */
  int64_t result;
  struct content before; /* what was loaded, of a save */
  struct content after;  /* what is held after a load or a save */
};

/** A session that the client loaded, and may save any time later. */
struct held {
  session3_session *session;
  struct content content;
};

static session3_store *store;
static session3_error error = SESSION3_ERROR_INIT;
static struct entry *entries;
static size_t count, capacity;
static uint64_t aimed;
static int own;
static uint64_t seed;
static struct held held[SESSIONS];
static char ids[SESSIONS][32];

static struct entry *begin(enum operation operation, int index, int64_t value) {
  if (count == capacity)
    fail("the journal is full");
  struct entry *entry = &entries[count++];
  entry->operation = operation;
  entry->session = (uint32_t)index;
  entry->value = value;
  entry->before = held[index].content;
  entry->start_ns = now_ns();
  atomic_store(&entry->state, ENTRY_BEGUN);
  if (aimed > 0 && count >= aimed)
    be_killed_within(TYPICAL_NS, &seed);
  return entry;
}

static session3_status end(struct entry *entry, session3_status status) {
  entry->end_ns = now_ns();
  entry->status = status;
  atomic_store(&entry->state, ENTRY_DONE);
  if (status < 0 && status != SESSION3_E_EXISTS && status != SESSION3_E_GONE &&
      status != SESSION3_E_CONFLICT)
    fail("operation %u: %s", entry->operation, error.message);
  return status;
}

/** No two of an epoch the same. */
static int64_t next_value(void) { return (int64_t)(own + 1) * 1000000 + (int64_t)count; }

static const char *key_of(char kind, int client) {
  static char key[4];
  snprintf(key, sizeof key, "%c%d", kind, client);
  return key;
}

/** What a client saves beside its number: files grow, and both must be of one save. */
static size_t padding_of(int64_t value) { return (size_t)(value % 7) * 700; }

static struct content content_of(const session3_session *session) {
  struct content content = {s3_get_int(session, "i", 0),
                            s3_get_int(session, "r", 0),
                            s3_get_int(session, "n", 0),
                            {0},
                            0};
  for (int client = 0; client < CLIENTS; client++) {
    const void *padding;
    size_t length = 0;
    content.own[client] = s3_get_int(session, key_of('a', client), 0);
    session3_session_get_binary(session, key_of('p', client), 2, &padding, &length, NULL);
    if (length != padding_of(content.own[client]))
      fail("a session is of two saves");
  }
  for (int token = 0; token < TOKENS; token++) {
    if (session3_session_has_form_token(session, key_of('t', token), 2))
      content.tokens |= 1U << (unsigned)token;
  }
  return content;
}

static void drop(int index) {
  session3_session_free(held[index].session);
  held[index] = (struct held){0};
}

static void create(int index) {
  static const char tokens[] = "\x81\xab"
                               "form_tokens\x94\xa2t0\xa2t1\xa2t2\xa2t3";
  S3_AUTO_SESSION(session);
  int64_t value = next_value();
  require(session3_session_new(ids[index], strlen(ids[index]), &session, &error), SESSION3_OK,
          "new", &error);
  require(session3_session_set_payload(session, tokens, sizeof tokens - 1, &error), SESSION3_OK,
          "tokens", &error);
  require(s3_set_int(session, "i", value, &error), SESSION3_OK, "set", &error);
  require(s3_set_int(session, "r", value, &error), SESSION3_OK, "set", &error);
  struct entry *entry = begin(CREATE, index, value);
  end(entry, session3_store_create(store, session, &error));
}

static void load(int index) {
  drop(index);
  struct entry *entry = begin(LOAD, index, 0);
  session3_status status = s3_load(store, ids[index], &held[index].session, &error);
  entry->end_ns = now_ns();
  if (status == SESSION3_OK)
    entry->after = held[index].content = content_of(held[index].session);
  entry->status = status;
  atomic_store(&entry->state, ENTRY_DONE);
  require(status == SESSION3_NOT_FOUND ? SESSION3_OK : status, SESSION3_OK, "load", &error);
}

static void save(int index, enum operation operation) {
  static const unsigned char padding[7 * 700];
  session3_session *session = held[index].session;
  int64_t value = next_value();
  if (operation == SAVE_FAIL) {
    require(s3_set_int(session, "r", value, &error), SESSION3_OK, "set", &error);
  } else {
    require(s3_set_int(session, key_of('a', own), value, &error), SESSION3_OK, "set", &error);
    require(session3_session_set_binary(session, key_of('p', own), 2, padding, padding_of(value),
                                        &error),
            SESSION3_OK, "set", &error);
  }
  struct entry *entry = begin(operation, index, value);
  session3_save_policy policy = operation == SAVE_FAIL ? SESSION3_SAVE_FAIL : SESSION3_SAVE_MERGE;
  session3_status status = session3_store_save(store, session, policy, &error);
  entry->after = held[index].content = content_of(session);
  if (end(entry, status) != SESSION3_OK)
    drop(index);
}

/** To the others the session is gone: its new id is known here alone, and it is deleted. */
static void renew(int index) {
  session3_session *session = held[index].session;
  struct entry *entry = begin(RENEW, index, 0);
  session3_status status = session3_store_renew(store, session, SESSION3_SAVE_MERGE, &error);
  entry->after = content_of(session);
  if (end(entry, status) == SESSION3_OK)
    require(s3_delete(store, s3_id(session), &error), SESSION3_OK, "delete the renewed", &error);
  drop(index);
}

static void use_store(int index, enum operation operation) {
  int64_t token = (int64_t)random_below(&seed, TOKENS);
  struct entry *entry = begin(operation, index, operation == CONSUME ? token : 0);
  switch (operation) {
  case INCREMENT:
    end(entry, s3_increment(store, ids[index], "n", 1, &entry->result, &error));
    return;
  case CONSUME:
    end(entry, s3_consume_form_token(store, ids[index], key_of('t', (int)token), &error));
    return;
  case DELETE:
    end(entry, s3_delete(store, ids[index], &error));
    return;
  default:
    end(entry, s3_has(store, ids[index], &error));
    return;
  }
}

static void call_once(void) {
  // Out of a hundred, what becomes of a session whose name is drawn.
  static const int shares[] = {12, 18, 16, 18, 14, 8, 4, 6, 4};
  int index = (int)random_below(&seed, SESSIONS);
  int drawn = (int)random_below(&seed, 100);
  int operation = CREATE;
  while (drawn >= shares[operation]) drawn -= shares[operation++];
  bool is_of_session = operation == SAVE_FAIL || operation == SAVE_MERGE || operation == RENEW;
  if (operation == CREATE)
    create(index);
  else if (operation == LOAD || (is_of_session && held[index].session == NULL))
    load(index);
  else if (operation == RENEW)
    renew(index);
  else if (is_of_session)
    save(index, operation);
  else
    use_store(index, operation);
}

int main(int argument_count, char **arguments) {
  char line[128];
  size_t size;
  if (argument_count != 4)
    fail("usage: client DIRECTORY JOURNAL NUMBER");
  require(s3_open(arguments[1], &store, &error), SESSION3_OK, "open", &error);
  entries = map_shared(arguments[2], &size);
  capacity = size / sizeof *entries;
  own = (int)number_of(arguments[3]);
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *end_of_epoch, *end_of_seed, *end_of_calls;
    uint64_t epoch = strtoull(line, &end_of_epoch, 10);
    seed = strtoull(end_of_epoch, &end_of_seed, 10);
    uint64_t calls = strtoull(end_of_seed, &end_of_calls, 10);
    aimed = strtoull(end_of_calls, NULL, 10);
    count = 0;
    for (int index = 0; index < SESSIONS; index++) {
      drop(index);
      snprintf(ids[index], sizeof ids[index], "e%" PRIu64 "-%d", epoch, index);
    }
    for (uint64_t call = 0; call < calls; call++) {
      call_once();
      // About as slow as a client in Python, so that both are there all the while.
      if (random_below(&seed, 2) == 0)
        usleep((useconds_t)random_below(&seed, 100));
    }
    if (write(STDOUT_FILENO, "done\n", 5) != 5)
      return 1;
  }
  return 0;
}
