/* SPDX-License-Identifier: MIT */
#include "scripted_store.h"

#include <stdio.h>
#include <string.h>

#include "dictionary_store.h"

/** Whether the script takes a callback over altogether; *status is what it returns then. */
static bool is_taken_over(struct scripted *scripted, enum callback callback,
                          session3_status *status, session3_error *error) {
  const struct script *script = &scripted->script;
  scripted->calls[callback]++;
  if (script->callback != callback)
    return false;
  if (script->message != NULL && error != NULL) {
    error->status = script->status;
    error->system_errno = 5;
    snprintf(error->message, sizeof error->message, "%s", script->message);
  }
  *status = script->status;
  return !script->does_the_work;
}

/** What a callback returns that did its work. */
static session3_status result(const struct scripted *scripted, enum callback callback,
                              session3_status status) {
  return scripted->script.callback == callback ? scripted->script.status : status;
}

static void destroy(void *context) {
  struct scripted *scripted = context;
  scripted->destroyed++;
  if (scripted->destroyed == 1)
    dictionary_callbacks.destroy(scripted->dictionary);
}

static session3_status read_record(void *context, const char *id, size_t length,
                                   session3_record *record, session3_buffer *payload,
                                   session3_error *error) {
  struct scripted *scripted = context;
  session3_status status;
  if (is_taken_over(scripted, READ, &status, error))
    return status;
  return result(
      scripted, READ,
      dictionary_callbacks.read(scripted->dictionary, id, length, record, payload, error));
}

static session3_status write_record(void *context, const char *id, size_t length,
                                    const session3_record_version *expecting,
                                    const session3_record *record, session3_error *error) {
  struct scripted *scripted = context;
  session3_status status;
  if (scripted->before_write != NULL)
    scripted->before_write(scripted);
  memset(&scripted->expected, 0, sizeof scripted->expected);
  if (expecting != NULL)
    scripted->expected = *expecting;
  scripted->written = record->version;
  if (is_taken_over(scripted, WRITE, &status, error))
    return status;
  return result(
      scripted, WRITE,
      dictionary_callbacks.write(scripted->dictionary, id, length, expecting, record, error));
}

static session3_status remove_record(void *context, const char *id, size_t length,
                                     const session3_record_version *expecting,
                                     session3_error *error) {
  struct scripted *scripted = context;
  session3_status status;
  if (is_taken_over(scripted, REMOVE, &status, error))
    return status;
  return result(scripted, REMOVE,
                dictionary_callbacks.remove(scripted->dictionary, id, length, expecting, error));
}

static session3_status touch(void *context, const char *id, size_t length, int64_t accessed_us,
                             session3_error *error) {
  struct scripted *scripted = context;
  session3_status status;
  scripted->touched_us = accessed_us;
  if (is_taken_over(scripted, TOUCH, &status, error))
    return status;
  return result(scripted, TOUCH,
                dictionary_callbacks.touch(scripted->dictionary, id, length, accessed_us, error));
}

static session3_status list_ids(void *context, session3_id_list *ids, session3_error *error) {
  struct scripted *scripted = context;
  session3_status status;
  if (is_taken_over(scripted, IDS, &status, error))
    return status;
  return result(scripted, IDS, dictionary_callbacks.ids(scripted->dictionary, ids, error));
}

static session3_status set_up(void *context, session3_error *error) {
  session3_status status;
  return is_taken_over(context, SETUP, &status, error) ? status : SESSION3_OK;
}

const session3_store_callbacks scripted_callbacks = {
    .size = sizeof(session3_store_callbacks),
    .flags = SESSION3_STORE_THREAD_SAFE | SESSION3_STORE_MULTIPROCESS_SAFE,
    .destroy = destroy,
    .read = read_record,
    .write = write_record,
    .remove = remove_record,
    .touch = touch,
    .ids = list_ids,
    .setup = set_up,
};

void scripted_init(struct scripted *scripted) {
  memset(scripted, 0, sizeof *scripted);
  scripted->script.callback = CALLBACKS;
  scripted->dictionary = dictionary_new(&scripted->dictionaries_destroyed);
}
