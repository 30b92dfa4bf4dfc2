// SPDX-License-Identifier: MIT
// The C host of the golden file tests: opens a directory and obeys lines on standard input, each
// answered by one line, of which the first word is the status.
//
//   load ID                     0 REVISION INCARNATION CHECKSUM CREATED_US ACCESSED_US PAYLOAD
//   create ID CREATED_US PAYLOAD
//                               0
//   save ID PAYLOAD             0      loads, then saves another payload in the place of the loaded
//   increment ID KEY TIMES      0 VALUE
//   delete ID                   0
//   hash BYTES                  0 HASH
//
// Payloads and BYTES are hexadecimal, numbers decimal. The first line, unasked, is the status of
// opening.
#include <session3.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A store's default maximum. */
#define CAPACITY ((size_t)1 << 20)

/** A session as it was loaded. */
typedef struct loaded {
  session3_snapshot snapshot;
  size_t length;
  unsigned char payload[CAPACITY];
} loaded;

static loaded current;
static unsigned char given[CAPACITY];

static int digit(char character) {
  static const char digits[] = "0123456789abcdef";
  const char *found = character != '\0' ? strchr(digits, character) : NULL;
  return found != NULL ? (int)(found - digits) : -1;
}

/** Decodes hexadecimal text into `given`; returns the number of bytes. */
static size_t decode(const char *text) {
  size_t length = strlen(text) / 2;
  if (length > sizeof given || strlen(text) % 2 != 0) {
    fputs("golden_c: a payload of odd or too great a length\n", stderr);
    exit(2);
  }
  for (size_t index = 0; index < length; index++) {
    given[index] = (unsigned char)(digit(text[2 * index]) << 4 | digit(text[2 * index + 1]));
  }
  return length;
}

static const char *word(char **line) {
  const char *found = strtok_r(NULL, " ", line);
  return found != NULL ? found : "";
}

static session3_status load(session3_store *store, const char *id) {
  current.snapshot = (session3_snapshot)SESSION3_SNAPSHOT_INIT;
  return session3_store_load_encoded(store, id, strlen(id), &current.snapshot, current.payload,
                                     sizeof current.payload, &current.length, NULL);
}

static void answer_load(session3_store *store, const char *id) {
  session3_status status = load(store, id);
  printf("%" PRId32, status);
  if (status == SESSION3_OK) {
    const session3_record_version *version = &current.snapshot.version;
    printf(" %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRId64 " %" PRId64 " ", version->revision,
           version->incarnation, version->checksum, current.snapshot.created_us,
           current.snapshot.accessed_us);
    for (size_t index = 0; index < current.length; index++) printf("%02x", current.payload[index]);
  }
}

static void answer_create(session3_store *store, const char *id, char **line) {
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  snapshot.created_us = strtoll(word(line), NULL, 10);
  size_t length = decode(word(line));
  printf("%" PRId32, session3_store_create_encoded(store, id, strlen(id), &snapshot, given, length,
                                                   &stored, NULL));
  session3_buffer_dispose(&stored);
}

static void answer_save(session3_store *store, const char *id, char **line) {
  session3_buffer stored = SESSION3_BUFFER_INIT;
  size_t length = decode(word(line));
  session3_status status = load(store, id);
  if (status == SESSION3_OK) {
    status = session3_store_save_encoded(store, id, strlen(id), &current.snapshot, current.payload,
                                         current.length, given, length, SESSION3_SAVE_FAIL, &stored,
                                         NULL);
  }
  printf("%" PRId32, status);
  session3_buffer_dispose(&stored);
}

static void answer_increment(session3_store *store, const char *id, char **line) {
  const char *key = word(line);
  long times = strtol(word(line), NULL, 10);
  int64_t value = 0;
  session3_status status = SESSION3_OK;
  while (times-- > 0 && status == SESSION3_OK) {
    status = session3_store_increment(store, id, strlen(id), key, strlen(key), 1, &value, NULL);
  }
  printf("%" PRId32 " %" PRId64, status, value);
}

static void answer_hash(session3_store *store, const char *bytes) {
  char hash[SESSION3_SHORT_HASH_LENGTH + 1] = "";
  size_t length = decode(bytes);
  const char *id = (const char *)given;
  session3_status status = session3_store_short_hash(store, id, length, hash, NULL);
  printf("%" PRId32 " %s", status, hash);
}

static void answer(session3_store *store, char *line) {
  char *rest = NULL;
  const char *verb = strtok_r(line, " ", &rest);
  const char *id = word(&rest);
  if (verb == NULL) {
    fputs("golden_c: an empty line\n", stderr);
    exit(2);
  } else if (strcmp(verb, "load") == 0) {
    answer_load(store, id);
  } else if (strcmp(verb, "create") == 0) {
    answer_create(store, id, &rest);
  } else if (strcmp(verb, "save") == 0) {
    answer_save(store, id, &rest);
  } else if (strcmp(verb, "increment") == 0) {
    answer_increment(store, id, &rest);
  } else if (strcmp(verb, "delete") == 0) {
    printf("%" PRId32, session3_store_delete(store, id, strlen(id), NULL));
  } else if (strcmp(verb, "hash") == 0) {
    answer_hash(store, id);
  } else {
    fprintf(stderr, "golden_c: no such verb: %s\n", verb);
    exit(2);
  }
  putchar('\n');
  fflush(stdout);
}

int main(int count, char **arguments) {
  if (count != 2) {
    fputs("usage: golden_c DIRECTORY\n", stderr);
    return 2;
  }
  session3_error error = SESSION3_ERROR_INIT;
  session3_store *store = NULL;
  session3_status status =
      session3_store_open_directory(arguments[1], strlen(arguments[1]), NULL, &store, &error);
  printf("%" PRId32 "\n", status);
  fflush(stdout);
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length = 0;
  while (status == SESSION3_OK && (length = getline(&line, &capacity, stdin)) > 0) {
    if (line[length - 1] == '\n')
      line[length - 1] = '\0';
    answer(store, line);
  }
  free(line);
  session3_store_free(store);
  return 0;
}
