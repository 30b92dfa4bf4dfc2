/* SPDX-License-Identifier: MIT */
#include "home.h"

#include <inttypes.h>

#include "cart.h"
#include "csrf.h"
#include "describe.h"

/** Adds an attribute of the session, if it is one that the page shows by itself. */
static bool add_known(struct page *page, xmlNode *element, const char *key, size_t length,
                      const session3_value *value) {
  const char *item = cart_item(key, length);
  bool is_counter = length == strlen(CART_COUNTER) && memcmp(key, CART_COUNTER, length) == 0;
  bool is_kept = false;
  int64_t number;
  char text[24];
  if (length == strlen("keep") && memcmp(key, "keep", length) == 0 &&
      session3_value_get_bool(value, &is_kept, NULL) == SESSION3_OK && is_kept) {
    page_element(page, element, "keep", NULL, 0);
    return true;
  }
  if ((!is_counter && item == NULL) || session3_value_get_int(value, &number, NULL) != SESSION3_OK)
    return false;
  snprintf(text, sizeof text, "%" PRId64, number);
  if (is_counter) {
    page_element(page, element, "counter", text, strlen(text));
  } else {
    xmlNode *node = page_element(page, element, "item", NULL, 0);
    page_attribute(page, node, "name", item);
    page_attribute(page, node, "count", text);
  }
  return true;
}

/** Adds all attributes of the session; of those that other programs put there, key and type. */
static session3_status add_attributes(struct page *page, xmlNode *element,
                                      const session3_session *session, session3_error *error) {
  session3_value attributes;
  session3_value key;
  session3_value value;
  session3_value_iterator position;
  session3_status status = session3_session_attributes(session, &attributes, error);
  if (status == SESSION3_OK)
    status = session3_value_iterate(&attributes, &position, error);
  while (status == SESSION3_OK &&
         (status = session3_value_next(&position, &key, &value, error)) == SESSION3_OK) {
    const char *name;
    size_t length;
    status = session3_value_get_text(&key, &name, &length, error);
    if (status != SESSION3_OK || add_known(page, element, name, length, &value))
      continue;
    xmlNode *node = page_element(page, element, "attribute", NULL, 0);
    page_attribute_bytes(page, node, "name", name, length);
    page_attribute(page, node, "type", describe_type(value.type));
  }
  return status == SESSION3_DONE ? SESSION3_OK : status;
}

void home_show(struct visit *visit, struct response *response) {
  static const char expired[] = "Your session has expired. Please log in again.";
  session3_error error = SESSION3_ERROR_INIT;
  char room[DESCRIBE_USER_MAXIMUM];
  const char *user;
  size_t length;
  struct page page = page_begin("home");
  if (session3_request_cookie_status(visit->cycle) == SESSION3_EXPIRED)
    page_element(&page, page_root(&page), "notice", expired, strlen(expired));
  session3_status status = csrf_add_token(&page, visit, &error);

  xmlNode *element = page_element(&page, page_root(&page), "session", NULL, 0);
  bool is_remembered =
      session3_session_persistence(visit->session) == SESSION3_PERSISTENCE_PERSISTENT;
  page_attribute(&page, element, "remembered", is_remembered ? "yes" : "no");
  if (status == SESSION3_OK)
    status = describe_session(&page, element, visit->sessions->store, visit->session, &error);
  if (describe_user(visit->session, room, &user, &length))
    page_element(&page, element, "user", user, length);
  if (status == SESSION3_OK)
    status = add_attributes(&page, element, visit->session, &error);
  if (status == SESSION3_OK) {
    respond_page(response, &page);
  } else {
    xmlFreeDoc(page.document);
    respond_failure(response, "c-server: home page", status, &error);
  }
}
