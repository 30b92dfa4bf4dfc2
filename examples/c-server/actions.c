/* SPDX-License-Identifier: MIT */
#include "actions.h"

#include <microhttpd.h>

#include "cart.h"
#include "text.h"

/** The longest name of a user, in characters. */
#define NAME_MAXIMUM 64

/** Goes on to the home page, or tells of a failure. */
static void finish(struct response *response, const char *what, session3_status status,
                   const session3_error *error) {
  if (status >= 0)
    respond_redirect(response, "/");
  else
    respond_failure(response, what, status, error);
}

void action_log_in(struct visit *visit, struct response *response) {
  session3_error error = SESSION3_ERROR_INIT;
  size_t length = 0;
  size_t remember_length;
  const char *user = form_value(visit->request->form, "user", &length);
  bool is_remembered = form_value(visit->request->form, "remember", &remember_length) != NULL;
  long characters = user != NULL ? text_count(user, length) : 0;
  if (characters < 1 || characters > NAME_MAXIMUM) {
    respond_error(response, MHD_HTTP_BAD_REQUEST, "A name has 1 to 64 characters.");
    return;
  }
  // The new id that a login must bring is the manager's to give; first nobody, since who logs in
  // again would be no change.
  session3_status status = s3_set_user(visit->session, NULL, &error);
  if (status == SESSION3_OK)
    status = session3_session_set_user_text(visit->session, user, length, &error);
  if (status == SESSION3_OK)
    status = session3_session_set_persistence(
        visit->session,
        is_remembered ? SESSION3_PERSISTENCE_PERSISTENT : SESSION3_PERSISTENCE_BROWSER, &error);
  finish(response, "c-server: login", status, &error);
}

void action_log_out(struct visit *visit, struct response *response) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_status status = s3_log_out(visit->cycle, &error);
  finish(response, "c-server: logout", status, &error);
}

void action_log_out_everywhere(struct visit *visit, struct response *response) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_status status = s3_log_out_everywhere(visit->cycle, &error);
  finish(response, "c-server: logout everywhere", status, &error);
}

void action_log_out_others(struct visit *visit, struct response *response) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_status status = s3_log_out_others(visit->cycle, &error);
  finish(response, "c-server: logout of the others", status, &error);
}

void action_log_out_and_fail(struct visit *visit, struct response *response) {
  action_log_out(visit, response);
  respond_page_failed(response);
}

void action_increment(struct visit *visit, struct response *response) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_status status = cart_count(visit, CART_COUNTER, &error);
  finish(response, "c-server: increment", status, &error);
}

void action_increment_and_fail(struct visit *visit, struct response *response) {
  session3_error error = SESSION3_ERROR_INIT;
  int64_t count = s3_get_int(visit->session, CART_COUNTER, 0);
  if (count < INT64_MAX)
    s3_check("c-server: increment", s3_set_int(visit->session, CART_COUNTER, count + 1, &error),
             &error);
  respond_page_failed(response);
}

void action_add_to_cart(struct visit *visit, struct response *response) {
  session3_error error = SESSION3_ERROR_INIT;
  size_t length = 0;
  const char *item = form_value(visit->request->form, "item", &length);
  const char *key = item != NULL ? cart_key(item, length) : NULL;
  if (key == NULL) {
    respond_error(response, MHD_HTTP_BAD_REQUEST, "The server does not understand this request.");
    return;
  }
  finish(response, "c-server: cart", cart_count(visit, key, &error), &error);
}

void action_assign(struct visit *visit, struct response *response) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_status status = s3_set_bool(visit->session, "keep", true, &error);
  finish(response, "c-server: assign", status, &error);
}
