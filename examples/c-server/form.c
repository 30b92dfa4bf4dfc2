/* SPDX-License-Identifier: MIT */
#include "form.h"

#include <stdlib.h>
#include <string.h>

struct field {
  char name[FORM_NAME_MAXIMUM + 1];
  size_t start;
  size_t length;
};

struct form {
  struct MHD_PostProcessor *parser; /**< NULL if the body's type is not a form's */
  size_t received;                  /**< bytes of the body */
  unsigned refusal;                 /**< HTTP status, or 0 */
  size_t count;                     /**< fields */
  struct field fields[FORM_FIELDS];
  size_t used;                             /**< bytes of values */
  char values[FORM_MAXIMUM + FORM_FIELDS]; /**< one after another, each with a NUL behind it */
};

/** Makes room for a field. False if the form has too many, or its name is none of ours. */
static bool begin_field(struct form *form, const char *name) {
  size_t length = strlen(name);
  if (form->count == FORM_FIELDS || length > FORM_NAME_MAXIMUM) {
    form->refusal = MHD_HTTP_BAD_REQUEST;
    return false;
  }
  if (form->count > 0)
    form->used++; // the NUL behind the value before
  struct field *field = &form->fields[form->count++];
  memcpy(field->name, name, length + 1);
  field->start = form->used;
  return true;
}

/** MHD_PostDataIterator: takes a value, or a further part of one. */
static enum MHD_Result take_value(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *file_name, const char *content_type,
                                  const char *transfer_encoding, const char *data, uint64_t offset,
                                  size_t size) {
  struct form *form = context;
  (void)kind;
  (void)file_name;
  (void)content_type;
  (void)transfer_encoding;
  if (name == NULL)
    return MHD_YES;
  if (offset == 0 && !begin_field(form, name))
    return MHD_NO;
  if (form->count == 0 || size > sizeof form->values - form->used) {
    form->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
    return MHD_NO;
  }
  if (size > 0)
    memcpy(form->values + form->used, data, size);
  form->used += size;
  form->fields[form->count - 1].length += size;
  return MHD_YES;
}

struct form *form_new(struct MHD_Connection *connection) {
  struct form *form = calloc(1, sizeof *form);
  if (form != NULL)
    form->parser = MHD_create_post_processor(connection, 1024, take_value, form);
  return form;
}

void form_free(struct form *form) {
  if (form != NULL && form->parser != NULL)
    MHD_destroy_post_processor(form->parser);
  free(form);
}

void form_receive(struct form *form, const char *data, size_t length) {
  if (form->parser == NULL)
    form->refusal = MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
  if (length > FORM_MAXIMUM - form->received)
    form->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
  if (form->refusal != 0)
    return;
  form->received += length;
  if (MHD_post_process(form->parser, data, length) == MHD_NO && form->refusal == 0)
    form->refusal = MHD_HTTP_BAD_REQUEST;
}

unsigned form_finish(struct form *form) {
  // The last value is only handed over here.
  if (form->parser != NULL && MHD_destroy_post_processor(form->parser) == MHD_NO &&
      form->refusal == 0)
    form->refusal = MHD_HTTP_BAD_REQUEST;
  form->parser = NULL;
  return form->refusal;
}

const char *form_value(const struct form *form, const char *name, size_t *length) {
  for (size_t i = 0; form != NULL && i < form->count; i++) {
    if (strcmp(form->fields[i].name, name) != 0)
      continue;
    *length = form->fields[i].length;
    return form->values + form->fields[i].start;
  }
  return NULL;
}
