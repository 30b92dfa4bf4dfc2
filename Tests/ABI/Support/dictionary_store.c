/* SPDX-License-Identifier: MIT */
#include "dictionary_store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
  struct entry *next;
  char id[SESSION3_ID_MAXIMUM];
  size_t id_length;
  session3_record record;
};

struct dictionary {
  pthread_mutex_t mutex;
  struct entry *first;
  int *destroyed;
};

struct dictionary *dictionary_new(int *destroyed) {
  struct dictionary *dictionary = calloc(1, sizeof *dictionary);
  if (dictionary == NULL)
    abort();
  pthread_mutex_init(&dictionary->mutex, NULL);
  dictionary->destroyed = destroyed;
  return dictionary;
}

/** Where the entry of an id hangs, or where one would be appended. */
static struct entry **find(struct dictionary *dictionary, const char *id, size_t length) {
  struct entry **link = &dictionary->first;
  while (*link != NULL && ((*link)->id_length != length || memcmp((*link)->id, id, length) != 0)) {
    link = &(*link)->next;
  }
  return link;
}

static bool is_version(const session3_record_version *one, const session3_record_version *two) {
  return one->revision == two->revision && one->incarnation == two->incarnation &&
         one->checksum == two->checksum;
}

static void unlink_entry(struct entry **link) {
  struct entry *entry = *link;
  *link = entry->next;
  free((void *)entry->record.payload);
  free(entry);
}

static void destroy(void *context) {
  struct dictionary *dictionary = context;
  while (dictionary->first != NULL) unlink_entry(&dictionary->first);
  pthread_mutex_destroy(&dictionary->mutex);
  *dictionary->destroyed += 1;
  free(dictionary);
}

static session3_status read_record(void *context, const char *id, size_t id_length,
                                   session3_record *record, session3_buffer *payload,
                                   session3_error *error) {
  struct dictionary *dictionary = context;
  session3_status status = SESSION3_NOT_FOUND;
  pthread_mutex_lock(&dictionary->mutex);
  const struct entry *entry = *find(dictionary, id, id_length);
  if (entry != NULL) {
    record->version = entry->record.version;
    record->created_us = entry->record.created_us;
    record->accessed_us = entry->record.accessed_us;
    status =
        session3_buffer_assign(payload, entry->record.payload, entry->record.payload_length, error);
  }
  pthread_mutex_unlock(&dictionary->mutex);
  return status;
}

static session3_status check_expectation(const struct entry *entry,
                                         const session3_record_version *expecting) {
  if (entry == NULL)
    return expecting == NULL ? SESSION3_OK : SESSION3_E_GONE;
  if (expecting == NULL)
    return SESSION3_E_EXISTS;
  return is_version(&entry->record.version, expecting) ? SESSION3_OK : SESSION3_E_CONFLICT;
}

/** Puts a record under an id, in a new entry or in place of what is there. */
static session3_status put(struct entry **link, const char *id, size_t id_length,
                           const session3_record *record) {
  void *payload = malloc(record->payload_length + 1);
  if (payload == NULL)
    return SESSION3_E_NOMEM;
  struct entry *entry = *link != NULL ? *link : calloc(1, sizeof *entry);
  if (entry == NULL)
    abort();
  memcpy(payload, record->payload, record->payload_length);
  memcpy(entry->id, id, id_length);
  entry->id_length = id_length;
  free((void *)entry->record.payload);
  entry->record = *record;
  entry->record.payload = payload;
  *link = entry;
  return SESSION3_OK;
}

static session3_status write_record(void *context, const char *id, size_t id_length,
                                    const session3_record_version *expecting,
                                    const session3_record *record, session3_error *error) {
  struct dictionary *dictionary = context;
  (void)error;
  pthread_mutex_lock(&dictionary->mutex);
  struct entry **link = find(dictionary, id, id_length);
  session3_status status = check_expectation(*link, expecting);
  if (status == SESSION3_OK)
    status = put(link, id, id_length, record);
  pthread_mutex_unlock(&dictionary->mutex);
  return status;
}

static session3_status remove_record(void *context, const char *id, size_t id_length,
                                     const session3_record_version *expecting,
                                     session3_error *error) {
  struct dictionary *dictionary = context;
  session3_status status = SESSION3_OK;
  (void)error;
  pthread_mutex_lock(&dictionary->mutex);
  struct entry **link = find(dictionary, id, id_length);
  if (*link == NULL) {
    status = SESSION3_NOT_FOUND;
  } else if (expecting != NULL && !is_version(&(*link)->record.version, expecting)) {
    status = SESSION3_E_CONFLICT;
  } else {
    unlink_entry(link);
  }
  pthread_mutex_unlock(&dictionary->mutex);
  return status;
}

static session3_status touch(void *context, const char *id, size_t id_length, int64_t accessed_us,
                             session3_error *error) {
  struct dictionary *dictionary = context;
  (void)error;
  pthread_mutex_lock(&dictionary->mutex);
  struct entry *entry = *find(dictionary, id, id_length);
  if (entry != NULL)
    entry->record.accessed_us = accessed_us;
  pthread_mutex_unlock(&dictionary->mutex);
  return entry != NULL ? SESSION3_OK : SESSION3_NOT_FOUND;
}

static session3_status list_ids(void *context, session3_id_list *ids, session3_error *error) {
  struct dictionary *dictionary = context;
  session3_status status = SESSION3_OK;
  pthread_mutex_lock(&dictionary->mutex);
  const struct entry *entry = dictionary->first;
  for (; entry != NULL && status == SESSION3_OK; entry = entry->next) {
    status = session3_id_list_append(ids, entry->id, entry->id_length, error);
  }
  pthread_mutex_unlock(&dictionary->mutex);
  return status;
}

const session3_store_callbacks dictionary_callbacks = {
    .size = sizeof(session3_store_callbacks),
    .flags = SESSION3_STORE_THREAD_SAFE,
    .destroy = destroy,
    .read = read_record,
    .write = write_record,
    .remove = remove_record,
    .touch = touch,
    .ids = list_ids,
};
