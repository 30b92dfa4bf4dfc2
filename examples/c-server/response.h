/* SPDX-License-Identifier: MIT */
/**
 * @file response.h
 * What the server is going to answer: a page, an error page, or a redirection. Each of the
 * functions here replaces what the response was before.
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <session3_easy.h>

#include "page.h"

struct response {
  unsigned status;            /**< of HTTP */
  xmlDoc *document;           /**< of the page; NULL if it is none, and without memory */
  bool is_style;              /**< style.css instead of a page */
  const char *location;       /**< of a redirection; static */
  const char *allow;          /**< for 405: the methods that the path takes; static */
  session3_buffer set_cookie; /**< the header's value; empty if there is to be none */
};

/** Initializer of a response. */
#define RESPONSE_INIT {0, NULL, false, NULL, NULL, SESSION3_BUFFER_INIT}

/** Answers with a page, and takes over its document. One that is broken is the 500 page. */
void respond_page(struct response *response, struct page *page);

/** Answers with style.css. */
void respond_style(struct response *response);

/** Answers a form: the browser goes on to a path, which is static text. */
void respond_redirect(struct response *response, const char *path);

/** Answers with the error page: an HTTP status and a sentence. */
void respond_error(struct response *response, unsigned status, const char *sentence);

/** Answers that the page failed, whyever; the session stays as it was. */
void respond_page_failed(struct response *response);

/** Answers a failure of the library, whose message goes to stderr: 503 where the store is out of
 * reach for now, else 500. */
void respond_failure(struct response *response, const char *what, session3_status status,
                     const session3_error *error);

/** Releases what a response holds. */
void response_dispose(struct response *response);

#endif
