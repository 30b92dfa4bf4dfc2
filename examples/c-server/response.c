/* SPDX-License-Identifier: MIT */
#include "response.h"

#include <microhttpd.h>

void response_dispose(struct response *response) {
  xmlFreeDoc(response->document);
  session3_buffer_dispose(&response->set_cookie);
}

/** Begins the response anew. */
static void reset(struct response *response, unsigned status) {
  response_dispose(response);
  *response = (struct response)RESPONSE_INIT;
  response->status = status;
}

void respond_page(struct response *response, struct page *page) {
  if (page->is_broken) {
    xmlFreeDoc(page->document);
    respond_page_failed(response);
    return;
  }
  reset(response, MHD_HTTP_OK);
  response->document = page->document;
}

void respond_style(struct response *response) {
  reset(response, MHD_HTTP_OK);
  response->is_style = true;
}

void respond_redirect(struct response *response, const char *path) {
  reset(response, MHD_HTTP_SEE_OTHER);
  response->location = path;
}

void respond_error(struct response *response, unsigned status, const char *sentence) {
  struct page page = page_begin("error");
  page_element(&page, page_root(&page), "error", sentence, strlen(sentence));
  reset(response, status);
  if (page.is_broken)
    xmlFreeDoc(page.document);
  else
    response->document = page.document;
}

void respond_page_failed(struct response *response) {
  respond_error(response, MHD_HTTP_INTERNAL_SERVER_ERROR,
                "The page failed. The session is as it was before.");
}

void respond_failure(struct response *response, const char *what, session3_status status,
                     const session3_error *error) {
  s3_check(what, status, error);
  switch (status) {
  case SESSION3_E_BUSY:
  case SESSION3_E_IO:
  case SESSION3_E_NOMEM:
    respond_error(response, MHD_HTTP_SERVICE_UNAVAILABLE,
                  "The sessions are out of reach. Please try again in a moment.");
    break;
  default:
    respond_page_failed(response);
  }
}
