/* SPDX-License-Identifier: MIT */
#include "routes.h"

#include <microhttpd.h>

#include "actions.h"
#include "admin.h"
#include "csrf.h"
#include "home.h"

static const struct route {
  const char *method;
  const char *path;
  page_function *page; /**< NULL for the stylesheet, which needs no session */
} routes[] = {
    {"GET", "/", home_show},
    {"GET", "/style.css", NULL},
    {"GET", "/admin", admin_show},
    {"POST", "/login", action_log_in},
    {"POST", "/logout", action_log_out},
    {"POST", "/logout-everywhere", action_log_out_everywhere},
    {"POST", "/logout-others", action_log_out_others},
    {"POST", "/logout-and-fail", action_log_out_and_fail},
    {"POST", "/increment", action_increment},
    {"POST", "/increment-and-fail", action_increment_and_fail},
    {"POST", "/cart/add", action_add_to_cart},
    {"POST", "/assign", action_assign},
    {"POST", "/admin/revoke", admin_revoke},
};

static const struct route *find(const char *path) {
  for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
    if (strcmp(routes[i].path, path) == 0)
      return &routes[i];
  return NULL;
}

/** A page_function: the page of the path, unless a form is another site's. */
static void answer(struct visit *visit, struct response *response) {
  const struct route *route = find(visit->request->path);
  bool is_form = strcmp(route->method, "POST") == 0;
  if (is_form && !csrf_is_own_form(visit))
    respond_error(response, MHD_HTTP_FORBIDDEN, "This form is not yours.");
  // What was meant for a session that has expired is not done for a stranger: the home page says so.
  else if (is_form && route->page != action_log_in &&
           session3_request_cookie_status(visit->cycle) == SESSION3_EXPIRED)
    respond_redirect(response, "/");
  else
    route->page(visit, response);
}

void routes_answer(const struct sessions *sessions, const struct request *request,
                   struct response *response) {
  const struct route *route = find(request->path);
  // libmicrohttpd leaves the body of an answer to HEAD out.
  const char *method = strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
  if (route == NULL) {
    respond_error(response, MHD_HTTP_NOT_FOUND, "There is no such page.");
  } else if (strcmp(route->method, method) != 0) {
    respond_error(response, MHD_HTTP_METHOD_NOT_ALLOWED, "This page does not take such a request.");
    response->allow = strcmp(route->method, "GET") == 0 ? "GET, HEAD" : "POST";
  } else if (request->refusal != 0) {
    respond_error(response, request->refusal, "The server does not understand this request.");
  } else if (route->page == NULL) {
    respond_style(response);
  } else {
    sessions_visit(sessions, request, answer, response);
  }
}
