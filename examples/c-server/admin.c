/* SPDX-License-Identifier: MIT */
#include "admin.h"

#include <microhttpd.h>
#include <stdlib.h>

#include "csrf.h"
#include "describe.h"

/** Sessions that were loaded, and are to be freed. */
struct list {
  session3_session **sessions;
  size_t count;
  size_t room;
};

static void list_dispose(struct list *list) {
  for (size_t i = 0; i < list->count; i++) session3_session_free(list->sessions[i]);
  free(list->sessions);
}

static bool list_append(struct list *list, session3_session *session) {
  if (list->count == list->room) {
    size_t room = list->room == 0 ? 64 : 2 * list->room;
    session3_session **sessions = realloc(list->sessions, room * sizeof(session3_session *));
    if (sessions == NULL)
      return false;
    list->sessions = sessions;
    list->room = room;
  }
  list->sessions[list->count++] = session;
  return true;
}

/** Takes the next session that is alive; SESSION3_DONE after the last. What can't be read is no
 * session to a request either, and is passed over. */
static session3_status next_alive(session3_iterator *iterator, const session3_manager *manager,
                                  session3_session **session, session3_error *error) {
  for (;;) {
    session3_status status = session3_iterator_next(iterator, session, error);
    if (status == SESSION3_OK)
      status = session3_manager_check_session(manager, *session, error);
    switch (status) {
    case SESSION3_EXPIRED:
    case SESSION3_E_CORRUPT:
    case SESSION3_E_FORMAT:
    case SESSION3_E_TOO_LARGE:
      session3_session_free(*session);
      *session = NULL;
      continue;
    default:
      return status;
    }
  }
}

static session3_status list_alive(const struct visit *visit, struct list *list,
                                  session3_error *error) {
  S3_AUTO_ITERATOR(iterator);
  session3_session *session = NULL;
  session3_status status = session3_store_iterate(visit->sessions->store, &iterator, error);
  while (status == SESSION3_OK &&
         (status = next_alive(iterator, visit->sessions->manager, &session, error)) == SESSION3_OK)
    if (!list_append(list, session))
      status = s3_fail(error, SESSION3_E_NOMEM, "sessions", "no memory for the list");
  if (status != SESSION3_DONE)
    session3_session_free(session);
  return status == SESSION3_DONE ? SESSION3_OK : status;
}

/** For qsort: the session last used first. */
static int by_access(const void *left, const void *right) {
  int64_t a = session3_session_accessed_us(*(session3_session *const *)left);
  int64_t b = session3_session_accessed_us(*(session3_session *const *)right);
  return (a < b) - (a > b);
}

static session3_status add_row(struct page *page, const struct visit *visit,
                               const session3_session *session, session3_error *error) {
  char room[DESCRIBE_USER_MAXIMUM];
  const char *user;
  size_t length;
  xmlNode *row = page_element(page, page_root(page), "row", NULL, 0);
  session3_status status = describe_session(page, row, visit->sessions->store, session, error);
  if (describe_user(session, room, &user, &length))
    page_attribute_bytes(page, row, "user", user, length);
  if (strcmp(s3_id(session), s3_id(visit->session)) == 0)
    page_attribute(page, row, "own", "yes");
  return status;
}

/** Whether the visitor may use these pages; if not, the response says so. Anyone who is logged in
 * may, in this demo. */
static bool is_admitted(const struct visit *visit, struct response *response) {
  session3_value user;
  if (s3_id(visit->session) != NULL &&
      session3_session_user(visit->session, &user, NULL) == SESSION3_OK)
    return true;
  respond_error(response, MHD_HTTP_FORBIDDEN, "Please log in to see the live sessions.");
  return false;
}

void admin_show(struct visit *visit, struct response *response) {
  session3_error error = SESSION3_ERROR_INIT;
  struct list list = {NULL, 0, 0};
  if (!is_admitted(visit, response))
    return;
  struct page page = page_begin("admin");
  session3_status status = csrf_add_token(&page, visit, &error);
  if (status == SESSION3_OK)
    status = list_alive(visit, &list, &error);
  if (list.count > 0)
    qsort(list.sessions, list.count, sizeof *list.sessions, by_access);
  for (size_t i = 0; i < list.count && status == SESSION3_OK; i++)
    status = add_row(&page, visit, list.sessions[i], &error);
  list_dispose(&list);
  if (status == SESSION3_OK) {
    respond_page(response, &page);
  } else {
    xmlFreeDoc(page.document);
    respond_failure(response, "c-server: live sessions", status, &error);
  }
}

/** Finds the session of a short hash. */
static session3_status find(const struct visit *visit, const char *hash, session3_session **session,
                            session3_error *error) {
  S3_AUTO_ITERATOR(iterator);
  session3_status status = session3_store_iterate(visit->sessions->store, &iterator, error);
  while (status == SESSION3_OK &&
         (status = next_alive(iterator, visit->sessions->manager, session, error)) == SESSION3_OK) {
    char found[SESSION3_SHORT_HASH_LENGTH + 1];
    const char *id = s3_id(*session);
    status = session3_store_short_hash(visit->sessions->store, id, strlen(id), found, error);
    if (status == SESSION3_OK && strcmp(found, hash) == 0)
      break;
    session3_session_free(*session);
    *session = NULL;
  }
  return status;
}

void admin_revoke(struct visit *visit, struct response *response) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  size_t length = 0;
  if (!is_admitted(visit, response))
    return;
  const char *hash = form_value(visit->request->form, "hash", &length);
  if (hash == NULL) {
    respond_error(response, MHD_HTTP_BAD_REQUEST, "The server does not understand this request.");
    return;
  }
  session3_status status = find(visit, hash, &session, &error);
  if (status == SESSION3_OK && strcmp(s3_id(session), s3_id(visit->session)) == 0)
    status = s3_log_out(visit->cycle, &error); // one's own: a logout
  else if (status == SESSION3_OK)
    status = session3_store_delete(visit->sessions->store, s3_id(session), strlen(s3_id(session)),
                                   &error);
  // One that is not there is as dead as was asked for.
  if (status >= 0)
    respond_redirect(response, "/admin");
  else
    respond_failure(response, "c-server: revoke", status, &error);
}
