/* SPDX-License-Identifier: MIT */
#include "cart.h"

#define PREFIX "cart."

static const char *const keys[] = {PREFIX "tea", PREFIX "honey", PREFIX "bread"};

const char *cart_item(const char *key, size_t length) {
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (strlen(keys[i]) == length && memcmp(keys[i], key, length) == 0)
      return keys[i] + strlen(PREFIX);
  return NULL;
}

const char *cart_key(const char *item, size_t length) {
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    const char *name = keys[i] + strlen(PREFIX);
    if (strlen(name) == length && memcmp(name, item, length) == 0)
      return keys[i];
  }
  return NULL;
}

session3_status cart_count(struct visit *visit, const char *key, session3_error *error) {
  const char *id = s3_id(visit->session);
  if (id == NULL)
    return s3_set_int(visit->session, key, s3_get_int(visit->session, key, 0) + 1, error);
  session3_status status = s3_increment(visit->sessions->store, id, key, 1, NULL, error);
  return status == SESSION3_E_GONE ? SESSION3_OK : status;
}
