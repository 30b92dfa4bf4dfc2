/* SPDX-License-Identifier: MIT */
/** @file tokens.c  session3/session.h and store.h: form tokens and the csrf token. */
#include "walkthrough.h"

/** In memory, a form token passes once for each copy of the session. */
static void in_memory(session3_session *session) {
  session3_error error = SESSION3_ERROR_INIT;
  char token[SESSION3_TOKEN_LENGTH + 1];
  MUST(session3_session_create_form_token(session, token, &error));
  answer_yes_no("the session knows its form token",
                session3_session_has_form_token(session, token, SESSION3_TOKEN_LENGTH));
  MUST(session3_session_remove_form_token(session, token, SESSION3_TOKEN_LENGTH, &error));
  answer("removing it twice",
         session3_session_remove_form_token(session, token, SESSION3_TOKEN_LENGTH, &error));
}

/** In the store, a form token passes once, whoever asks: the way to check a form. */
static void in_store(session3_store *store, session3_session *session) {
  session3_error error = SESSION3_ERROR_INIT;
  char token[SESSION3_TOKEN_LENGTH + 1];
  MUST(session3_session_create_form_token(session, token, &error));
  MUST(s3_save(store, session, &error));
  answer("the form comes back", s3_consume_form_token(store, s3_id(session), token, &error));
  answer("the form comes back again", s3_consume_form_token(store, s3_id(session), token, &error));
}

/** The csrf token is one for all forms of the session. */
static void csrf(session3_session *session) {
  session3_error error = SESSION3_ERROR_INIT;
  char token[SESSION3_TOKEN_LENGTH + 1];
  MUST(session3_session_csrf_token(session, token, &error));
  answer_yes_no("the csrf token passes", s3_check_csrf_token(session, token));
  token[0] = token[0] == 'A' ? 'B' : 'A';
  answer_yes_no("a forged one passes", s3_check_csrf_token(session, token));
}

void tokens(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_STORE(store);
  S3_AUTO_SESSION(session);
  MUST(session3_store_open_memory(NULL, &store, &error));
  MUST(s3_new(&session, &error));
  in_memory(session);
  in_store(store, session);
  csrf(session);
}
