/* SPDX-License-Identifier: MIT */
#include "csrf.h"

#include <strings.h>

/** Whether an Origin header names the host that the request was sent to. The scheme is not
 * compared: behind a proxy that ends TLS the browser sees https and the server http. */
static bool is_own_origin(const char *origin, const char *host) {
  static const char *const schemes[] = {"http://", "https://"};
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    size_t length = strlen(schemes[i]);
    if (strncmp(origin, schemes[i], length) == 0)
      return host != NULL && strcasecmp(origin + length, host) == 0;
  }
  return false; // "null" too: a page that hides where it comes from
}

// Browsers name the page's origin in every POST, and SameSite=Lax keeps the cookie out of forms
// that other sites send. Where a session is stored, somebody has something to lose, and its csrf
// token is asked for as well: it holds in old browsers, and against neighbours of the same site,
// such as another port of the host. A visitor without a stored session has no token that a server
// could know again, and nothing yet that a forged form could change.
bool csrf_is_own_form(const struct visit *visit) {
  const struct request *request = visit->request;
  size_t length = 0;
  if (request->origin != NULL && !is_own_origin(request->origin, request->host))
    return false;
  if (s3_id(visit->session) == NULL)
    return true;
  const char *token = form_value(request->form, "csrf_token", &length);
  return token != NULL && session3_session_check_csrf_token(visit->session, token, length);
}

session3_status csrf_add_token(struct page *page, const struct visit *visit,
                               session3_error *error) {
  char token[SESSION3_TOKEN_LENGTH + 1];
  if (s3_id(visit->session) == NULL)
    return SESSION3_OK;
  session3_status status = session3_session_csrf_token(visit->session, token, error);
  if (status == SESSION3_OK)
    page_element(page, page_root(page), "csrf-token", token, strlen(token));
  return status;
}
