/* SPDX-License-Identifier: MIT */
#include "describe.h"

const char *describe_type(session3_type type) {
  switch (type) {
  case SESSION3_TYPE_NIL:
    return "nil";
  case SESSION3_TYPE_BOOL:
    return "bool";
  case SESSION3_TYPE_INT:
  case SESSION3_TYPE_UINT:
    return "int";
  case SESSION3_TYPE_DOUBLE:
    return "float";
  case SESSION3_TYPE_TEXT:
    return "text";
  case SESSION3_TYPE_BINARY:
    return "bytes";
  case SESSION3_TYPE_TIMESTAMP:
    return "timestamp";
  case SESSION3_TYPE_ARRAY:
    return "array";
  case SESSION3_TYPE_MAP:
    return "map";
  default:
    return "extension";
  }
}

bool describe_user(const session3_session *session, char room[DESCRIBE_USER_MAXIMUM],
                   const char **text, size_t *length) {
  session3_value user;
  if (session3_session_user(session, &user, NULL) != SESSION3_OK)
    return false;
  if (session3_value_get_text(&user, text, length, NULL) != SESSION3_OK) {
    *length = (size_t)snprintf(room, DESCRIBE_USER_MAXIMUM, "<%s>", describe_type(user.type));
    *text = room;
  }
  return true;
}

session3_status describe_session(struct page *page, xmlNode *element, const session3_store *store,
                                 const session3_session *session, session3_error *error) {
  const char *id = s3_id(session);
  const char *address;
  size_t length;
  if (id != NULL) {
    char hash[SESSION3_SHORT_HASH_LENGTH + 1];
    session3_status status = session3_store_short_hash(store, id, strlen(id), hash, error);
    if (status != SESSION3_OK)
      return status;
    page_attribute(page, element, "hash", hash);
    page_attribute_time(page, element, "created", session3_session_created_us(session));
    page_attribute_time(page, element, "accessed", session3_session_accessed_us(session));
  }
  if (session3_session_remote_address(session, &address, &length, NULL) == SESSION3_OK)
    page_attribute_bytes(page, element, "remote-address", address, length);
  return SESSION3_OK;
}
