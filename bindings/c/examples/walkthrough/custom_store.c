/* SPDX-License-Identifier: MIT */
/**
 * @file custom_store.c
 * session3/custom_store.h: a store of the host's own, here a table in memory. The host keeps
 * records and compares versions; merging, counters, tokens and iteration are the library's.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "walkthrough.h"

/** One record, or an empty row. */
typedef struct row {
  char id[SESSION3_ID_MAXIMUM + 1];
  session3_record record; /**< its payload is the row's own */
} row;

enum { ROWS = 8 };

/** The store: a host with threads would add a lock, and set SESSION3_STORE_THREAD_SAFE. */
typedef struct table {
  row rows[ROWS];
  int writes;
} table;

static row *find(table *table, const char *id, size_t length) {
  for (int i = 0; i < ROWS; i++)
    if (strlen(table->rows[i].id) == length && memcmp(table->rows[i].id, id, length) == 0)
      return &table->rows[i];
  return NULL;
}

static bool is_version(const row *row, const session3_record_version *version) {
  return row->record.version.revision == version->revision &&
         row->record.version.incarnation == version->incarnation &&
         row->record.version.checksum == version->checksum;
}

static void clear(row *row) {
  free((void *)row->record.payload);
  memset(row, 0, sizeof *row);
}

static session3_status read_record(void *context, const char *id, size_t id_length,
                                   session3_record *record, session3_buffer *payload,
                                   session3_error *error) {
  const row *row = find(context, id, id_length);
  if (row == NULL)
    return SESSION3_NOT_FOUND;
  record->version = row->record.version;
  record->created_us = row->record.created_us;
  record->accessed_us = row->record.accessed_us;
  return session3_buffer_assign(payload, row->record.payload, row->record.payload_length, error);
}

/** Compare and swap: a database would say UPDATE ... WHERE id = ? AND version = ?. */
static session3_status write_record(void *context, const char *id, size_t id_length,
                                    const session3_record_version *expecting,
                                    const session3_record *record, session3_error *error) {
  table *table = context;
  row *row = find(table, id, id_length);
  if (expecting == NULL && row != NULL)
    return SESSION3_E_EXISTS;
  if (expecting != NULL && row == NULL)
    return SESSION3_E_GONE;
  if (expecting != NULL && !is_version(row, expecting))
    return SESSION3_E_CONFLICT;

  if (row == NULL)
    row = find(table, "", 0);
  void *payload = row != NULL ? malloc(record->payload_length) : NULL;
  if (payload == NULL) {
    snprintf(error->message, sizeof error->message, "write: the table is full");
    return SESSION3_E_NOMEM;
  }
  memcpy(payload, record->payload, record->payload_length);
  clear(row);
  memcpy(row->id, id, id_length);
  row->record = *record;
  row->record.payload = payload;
  table->writes++;
  return SESSION3_OK;
}

static session3_status remove_record(void *context, const char *id, size_t id_length,
                                     const session3_record_version *expecting,
                                     session3_error *error) {
  row *row = find(context, id, id_length);
  (void)error;
  if (row == NULL)
    return SESSION3_NOT_FOUND;
  if (expecting != NULL && !is_version(row, expecting))
    return SESSION3_E_CONFLICT;
  clear(row);
  return SESSION3_OK;
}

static session3_status touch_record(void *context, const char *id, size_t id_length,
                                    int64_t accessed_us, session3_error *error) {
  row *row = find(context, id, id_length);
  (void)error;
  if (row == NULL)
    return SESSION3_NOT_FOUND;
  row->record.accessed_us = accessed_us;
  return SESSION3_OK;
}

static session3_status list_ids(void *context, session3_id_list *ids, session3_error *error) {
  const table *table = context;
  session3_status status = SESSION3_OK;
  for (int i = 0; i < ROWS && status == SESSION3_OK; i++)
    if (table->rows[i].id[0] != '\0')
      status = session3_id_list_append(ids, table->rows[i].id, strlen(table->rows[i].id), error);
  return status;
}

/** A database would create its tables. */
static session3_status set_up(void *context, session3_error *error) {
  (void)context;
  (void)error;
  printf("  callback: setup\n");
  return SESSION3_OK;
}

/** Called once, when the last user of the store is gone. */
static void destroy(void *context) {
  table *table = context;
  printf("  callback: destroy, after %d writes\n", table->writes);
  for (int i = 0; i < ROWS; i++) clear(&table->rows[i]);
  free(table);
}

static const session3_store_callbacks callbacks = {
    .size = sizeof callbacks,
    .destroy = destroy,
    .read = read_record,
    .write = write_record,
    .remove = remove_record,
    .touch = touch_record,
    .ids = list_ids,
    .setup = set_up,
};

void custom_store(void) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_store *store = NULL;
  S3_AUTO_SESSION(session);
  S3_AUTO_SESSION(copy);
  int64_t clicks = 0;

  MUST(session3_store_open_custom(&callbacks, calloc(1, sizeof(table)), NULL, &store, &error));
  MUST(session3_store_setup(store, &error));
  MUST(s3_new(&session, &error));
  MUST(s3_set(session, "ours", 1, &error));
  MUST(s3_save(store, session, &error));
  MUST(s3_increment(store, s3_id(session), "clicks", 1, &clicks, &error));
  MUST(s3_set(session, "ours", 2, &error));
  MUST(s3_save(store, session, &error));
  MUST(s3_load(store, s3_id(session), &copy, &error));
  printf("  merged in the library: clicks %" PRId64 ", ours %" PRId64 "\n",
         s3_get_int(copy, "clicks", 0), s3_get_int(copy, "ours", 0));

  // An iterator keeps its store alive: any order of frees works.
  session3_iterator *iterator = NULL;
  MUST(session3_store_iterate(store, &iterator, &error));
  session3_store_free(store);
  printf("  the store was freed, but not its iterator\n");
  session3_iterator_free(iterator);
}
