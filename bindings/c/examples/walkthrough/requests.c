/* SPDX-License-Identifier: MIT */
/** @file requests.c  session3/manager.h: the request cycle of a web server. */
#include <inttypes.h>

#include "walkthrough.h"

#define HOUR ((int64_t)3600000000)

/** A clock that a test sets. */
static int64_t now_us(void *context) { return *(const int64_t *)context; }

static const char *const outcomes[] = {"nothing to keep", "unchanged", "saved", "created",
                                       "renewed",         "deleted",   "gone"};

/** The id that a browser would hold after the response, and NUL. */
struct browser {
  char id[SESSION3_ID_MAXIMUM + 1];
};

static session3_request *start(session3_manager *manager, const struct browser *browser) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_request *request = NULL;
  char cookies[SESSION3_ID_MAXIMUM + 32];
  int length = snprintf(cookies, sizeof cookies, "theme=dark; session3=%s", browser->id);
  MUST(session3_manager_start_request(manager, cookies, (size_t)length, TEXT("192.0.2.1"), &request,
                                      &error));
  return request;
}

/** Ends a request, and prints what became of its session and its cookie. */
static void finish(session3_request *request, struct browser *browser, const char *page) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_buffer id = SESSION3_BUFFER_INIT;
  const char *header = NULL;
  size_t length = 0;
  MUST(session3_request_finish_successful(request, &error));
  printf("  %s: %s", page, outcomes[session3_request_outcome(request)]);
  if (session3_request_set_cookie(request, &header, &length, &error) == SESSION3_OK) {
    const char *attributes = memchr(header, ';', length);
    snprintf(browser->id, sizeof browser->id, "%s", s3_get_cookie(header, "session3", "", &id));
    printf(", Set-Cookie: session3=%s%s", browser->id[0] != '\0' ? "..." : "", attributes);
  }
  printf("\n");
  session3_buffer_dispose(&id);
  session3_request_free(request);
}

/** A visitor, who logs in: the session gets a new id, and the old one dies. */
static void log_in(session3_manager *manager, struct browser *browser) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_session *session = NULL;
  session3_request *request = start(manager, browser);
  answer("what a forged cookie stands for", session3_request_cookie_status(request));
  MUST(session3_request_session(request, &session, &error));
  MUST(s3_set(session, "theme", "dark", &error));
  finish(request, browser, "a visitor chooses a theme");

  struct browser before = *browser;
  request = start(manager, browser);
  answer("what the cookie stands for", session3_request_cookie_status(request));
  MUST(session3_request_session(request, &session, &error));
  MUST(s3_set_user(session, "ada", &error));
  MUST(session3_session_set_persistence(session, SESSION3_PERSISTENCE_PERSISTENT, &error));
  finish(request, browser, "ada logs in and is to be remembered");
  answer("the id of before",
         session3_manager_has_session(manager, before.id, strlen(before.id), &error));
}

static void use(session3_manager *manager, struct browser *browser) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_session *session = NULL;
  session3_request *request = start(manager, browser);
  answer("a cookie came, whatever it holds",
         session3_request_has_session_cookie(request, false, &error));
  MUST(session3_request_session(request, &session, &error));
  answer_yes_no("she is remembered",
                session3_session_persistence(session) == SESSION3_PERSISTENCE_PERSISTENT);
  printf("  logged in at %" PRId64 "\n", session3_session_authenticated_us(session));
  MUST(s3_set(session, "page", 1, &error));
  MUST(session3_request_maintain_session(request, &error));
  answer("a header, for a response that begins early",
         session3_request_set_cookie(request, &(const char *){NULL}, NULL, &error));
  MUST(s3_set(session, "page", 2, &error));
  finish(request, browser, "a page that streams");

  request = start(manager, browser);
  MUST(session3_request_session(request, &session, &error));
  MUST(s3_set(session, "page", 3, &error));
  MUST(session3_request_finish_failed(request, &error));
  printf("  a page that fails: %s\n", outcomes[session3_request_outcome(request)]);
  session3_request_free(request);

  request = start(manager, browser);
  MUST(session3_request_renew_id(request, &error));
  MUST(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_OTHERS, &error));
  finish(request, browser, "a changed password");
}

/** What an administrator sees of a store: also sessions that no request would have any more. */
static void list(session3_manager *manager, session3_store *store) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_ITERATOR(iterator);
  MUST(session3_store_iterate(store, &iterator, &error));
  while (true) {
    S3_AUTO_SESSION(session);
    if (session3_iterator_next(iterator, &session, &error) != SESSION3_OK)
      break;
    answer("a session in the store", session3_manager_check_session(manager, session, &error));
  }
}

static void log_out(session3_manager *manager, struct browser *browser) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_session *fresh = NULL;
  session3_request *request = start(manager, browser);
  MUST(session3_request_expire_session(request, &error));
  answer("the session after a logout", session3_request_session(request, &fresh, &error));
  MUST(session3_request_new_session(request, &fresh, &error));
  MUST(s3_set(fresh, "farewell", "see you", &error));
  finish(request, browser, "ada logs out, and the next page greets her");
  request = start(manager, browser);
  MUST(session3_request_expire_session(request, &error));
  finish(request, browser, "she leaves");
}

void requests(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_STORE(store);
  S3_AUTO_MANAGER(manager);
  int64_t clock = 1700000000000000;
  struct browser browser = {"forged"};
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  options.clock = now_us;
  options.clock_context = &clock;
  policy.idle_timeout_us = HOUR / 2;
  policy.lifetime_us = 12 * HOUR;

  MUST(session3_store_open_memory(&options, &store, &error));
  MUST(session3_manager_new(store, &policy, &manager, &error));
  log_in(manager, &browser);
  use(manager, &browser);
  clock += 13 * HOUR;
  list(manager, store);
  clock -= 12 * HOUR;
  log_out(manager, &browser);
}
