/* SPDX-License-Identifier: MIT */
/* Writes into a store until it is killed, and notes each call before and after it:
 *   writer DIRECTORY SYNC JOURNAL BOARD WRITER LIFE OWN SEED AIMED
 * SYNC is none or data. JOURNAL receives the entries; BOARD holds one number that all writers
 * share. WRITER is its number, LIFE counts how often it was started, OWN is the id of the session
 * that is its alone, or ".". From the call AIMED on a timer sends SIGKILL into each call; with 0 the
 * kill comes from outside.
 *
 * The sessions, and what each writer does with them:
 *   shared-N   all writers save and count in them; they are never deleted
 *   own-...    one for each writer: created, saved, grown, renewed, deleted
 *   doomed-N   created once, by whoever raised the board to N; saved by all, deleted by any */
#include "journal.h"

#include <inttypes.h>

#define SHARED 4
#define CALLS_OF_A_LIFE 1000000

enum operation {
  SAVE,
  COUNT,
  ADD,
  OWN_CREATE,
  OWN_SAVE,
  OWN_RENEW,
  OWN_DELETE,
  DOOMED_CREATE,
  DOOMED_SAVE,
  DOOMED_DELETE,
  SWEEP,
  OPERATIONS
};

/** One call. killing.py reads it: "<IIiIqqqq40s40s". */
struct entry {
  _Atomic uint32_t state;
  uint32_t operation;
  int32_t status;
  uint32_t size;  /* of the attribute that is saved */
  int64_t value;  /* that is saved, no two of a writer the same */
  int64_t result; /* of a count */
  int64_t start_ns;
  int64_t end_ns;
  char id[40];
  char new_id[40];
};

static struct {
  session3_store *store;
  struct entry *entries;
  size_t capacity;
  size_t count;
  _Atomic uint64_t *board;
  const char *number;
  char own[40];
  int64_t value;
  uint64_t seed;
  uint64_t aimed;
  int64_t typical_ns[OPERATIONS]; /* how long a call of each kind takes */
} writer;

static session3_error error = SESSION3_ERROR_INIT;

static void open_store(const char *path, const char *sync) {
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.sync = strcmp(sync, "data") == 0 ? SESSION3_SYNC_DATA : SESSION3_SYNC_NONE;
  options.lock_timeout_us = 60 * (int64_t)1000000;
  require(session3_store_open_directory(path, strlen(path), &options, &writer.store, &error),
          SESSION3_OK, "open", &error);
}

static struct entry *begin(enum operation operation, const char *id, size_t size) {
  if (writer.count == writer.capacity)
    pause();
  struct entry *entry = &writer.entries[writer.count++];
  entry->operation = operation;
  entry->value = ++writer.value;
  entry->size = (uint32_t)size;
  snprintf(entry->id, sizeof entry->id, "%s", id);
  entry->start_ns = now_ns();
  atomic_store(&entry->state, ENTRY_BEGUN);
  if (writer.aimed > 0 && writer.count >= writer.aimed)
    be_killed_within(writer.typical_ns[operation], &writer.seed);
  return entry;
}

static void end(struct entry *entry, session3_status status) {
  entry->status = status;
  entry->end_ns = now_ns();
  atomic_store(&entry->state, ENTRY_DONE);
  int64_t *typical = &writer.typical_ns[entry->operation];
  *typical += (entry->end_ns - entry->start_ns - *typical) / 8;
  if (*typical < 1000)
    *typical = 1000;
}

/** `v0`: the writer's own attribute of that kind. */
static const char *key_of(const char *kind) {
  static char key[16];
  snprintf(key, sizeof key, "%s%s", kind, writer.number);
  return key;
}

/** Sets what the entry's save is to store: a number, and bytes that follow from it. */
static void set(session3_session *session, int64_t value, size_t size) {
  static unsigned char bytes[65536];
  const char *key = key_of("b");
  for (size_t index = 0; index < size; index++)
    bytes[index] = (unsigned char)(value + (int64_t)index);
  require(session3_session_set_binary(session, key, strlen(key), bytes, size, &error), SESSION3_OK,
          "set", &error);
  require(s3_set(session, key_of("v"), value, &error), SESSION3_OK, "set", &error);
}

static session3_status save(enum operation operation, const char *id, size_t size) {
  S3_AUTO_SESSION(session);
  session3_status status = s3_load(writer.store, id, &session, &error);
  if (status != SESSION3_OK)
    return status;
  set(session, writer.value + 1, size);
  if (operation == DOOMED_SAVE && random_below(&writer.seed, 2) == 0)
    usleep((useconds_t)random_below(&writer.seed, 200));
  struct entry *entry = begin(operation, id, size);
  end(entry, session3_store_save(writer.store, session, SESSION3_SAVE_MERGE, &error));
  return entry->status;
}

static session3_status create(enum operation operation, const char *id, size_t size) {
  S3_AUTO_SESSION(session);
  require(session3_session_new(id, strlen(id), &session, &error), SESSION3_OK, "new", &error);
  set(session, writer.value + 1, size);
  require(s3_set_user(session, writer.number, &error), SESSION3_OK, "user", &error);
  struct entry *entry = begin(operation, id, size);
  end(entry, session3_store_create(writer.store, session, &error));
  return entry->status;
}

static session3_status delete(enum operation operation, const char *id) {
  struct entry *entry = begin(operation, id, 0);
  end(entry, s3_delete(writer.store, id, &error));
  return entry->status;
}

static void renew_own(void) {
  S3_AUTO_SESSION(session);
  require(s3_load(writer.store, writer.own, &session, &error), SESSION3_OK, "load own", &error);
  struct entry *entry = begin(OWN_RENEW, writer.own, 0);
  session3_status status = session3_store_renew(writer.store, session, SESSION3_SAVE_MERGE, &error);
  require(status, SESSION3_OK, "renew", &error);
  snprintf(entry->new_id, sizeof entry->new_id, "%s", s3_id(session));
  end(entry, status);
  snprintf(writer.own, sizeof writer.own, "%s", s3_id(session));
}

/** Sizes that make a file grow again and again. */
static size_t random_size(void) {
  static const size_t sizes[] = {0, 10, 500, 2000, 5000, 12000, 30000, 60000};
  return sizes[random_below(&writer.seed, sizeof sizes / sizeof *sizes)];
}

static void use_own(void) {
  if (writer.own[0] == '.') {
    snprintf(writer.own, sizeof writer.own, "own-%s-%" PRId64, writer.number, writer.value);
    require(create(OWN_CREATE, writer.own, 10), SESSION3_OK, "create own", &error);
    return;
  }
  switch (random_below(&writer.seed, 8)) {
  case 0:
    require(delete(OWN_DELETE, writer.own), SESSION3_OK, "delete own", &error);
    snprintf(writer.own, sizeof writer.own, ".");
    return;
  case 1:
  case 2:
    renew_own();
    return;
  default:
    require(save(OWN_SAVE, writer.own, random_size()), SESSION3_OK, "save own", &error);
    return;
  }
}

static void use_doomed(void) {
  char id[40];
  uint64_t number = atomic_load(writer.board);
  snprintf(id, sizeof id, "doomed-%" PRIu64, number);
  session3_status status = random_below(&writer.seed, 6) == 0
                               ? delete(DOOMED_DELETE, id)
                               : save(DOOMED_SAVE, id, random_below(&writer.seed, 3000));
  if (status != SESSION3_OK && status != SESSION3_NOT_FOUND && status != SESSION3_E_GONE)
    require(status, SESSION3_OK, "doomed", &error);
  // Gone, or not made yet: who raises the board makes the next.
  if (status != SESSION3_OK && atomic_compare_exchange_strong(writer.board, &number, number + 1)) {
    snprintf(id, sizeof id, "doomed-%" PRIu64, number + 1);
    require(create(DOOMED_CREATE, id, 10), SESSION3_OK, "create doomed", &error);
  }
}

static void use_shared(void) {
  char id[40];
  snprintf(id, sizeof id, "shared-%d", (int)random_below(&writer.seed, SHARED));
  uint64_t choice = random_below(&writer.seed, 4);
  if (choice > 1) {
    require(save(SAVE, id, random_below(&writer.seed, 2000)), SESSION3_OK, "save", &error);
    return;
  }
  const char *key = choice == 0 ? "sum" : key_of("n");
  struct entry *entry = begin(choice == 0 ? ADD : COUNT, id, 0);
  session3_status status = s3_increment(writer.store, id, key, 1, &entry->result, &error);
  require(status, SESSION3_OK, "increment", &error);
  end(entry, status);
}

static void sweep(void) {
  uint64_t deleted = 0;
  struct entry *entry = begin(SWEEP, "", 0);
  session3_status status =
      session3_store_sweep(writer.store, (int64_t)3600 * 1000000, &deleted, NULL, &error);
  require(status, SESSION3_OK, "sweep", &error);
  if (deleted != 0)
    fail("a sweep deleted sessions that were young");
  end(entry, status);
}

int main(int count, char **arguments) {
  size_t size, board_size;
  if (count != 10)
    fail("usage: writer DIRECTORY SYNC JOURNAL BOARD WRITER LIFE OWN SEED AIMED");
  writer.entries = map_shared(arguments[3], &size);
  writer.capacity = size / sizeof(struct entry);
  writer.board = map_shared(arguments[4], &board_size);
  writer.number = arguments[5];
  writer.value = (int64_t)number_of(arguments[6]) * CALLS_OF_A_LIFE;
  snprintf(writer.own, sizeof writer.own, "%s", arguments[7]);
  writer.seed = number_of(arguments[8]);
  writer.aimed = number_of(arguments[9]);
  for (int operation = 0; operation < OPERATIONS; operation++) writer.typical_ns[operation] = 40000;
  open_store(arguments[1], arguments[2]);
  for (;;) {
    uint64_t choice = random_below(&writer.seed, 100);
    if (choice < 45)
      use_shared();
    else if (choice < 70)
      use_own();
    else if (choice < 98)
      use_doomed();
    else
      sweep();
  }
}
