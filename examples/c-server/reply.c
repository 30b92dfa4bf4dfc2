/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "reply.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/xmlmemory.h>
#include <sys/stat.h>
#include <unistd.h>

static bool add_header(struct MHD_Response *response, const char *name, const char *value) {
  return MHD_add_response_header(response, name, value) == MHD_YES;
}

/** What every response says. */
static bool add_common_headers(struct MHD_Response *response, const char *content_type) {
  return add_header(response, "Content-Type", content_type) &&
         add_header(response, "Cache-Control", "no-store") &&
         add_header(response, "Content-Security-Policy",
                    "default-src 'none'; style-src 'self'; form-action 'self'; "
                    "frame-ancestors 'none'; base-uri 'none'") &&
         add_header(response, "X-Content-Type-Options", "nosniff") &&
         add_header(response, "Referrer-Policy", "same-origin");
}

static struct MHD_Response *load_style(const char *path) {
  struct stat status;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &status) != 0) {
    fprintf(stderr, "c-server: %s: %s\n", path, strerror(errno));
    if (file >= 0)
      close(file);
    return NULL;
  }
  struct MHD_Response *response = MHD_create_response_from_fd((uint64_t)status.st_size, file);
  if (response == NULL)
    close(file);
  return response;
}

bool replies_open(struct replies *replies, const struct templates *templates, const char *other,
                  const char *style) {
  static char text[] = "The page could not be made.\n";
  *replies = (struct replies){
      .templates = templates,
      .other = other,
      .style = load_style(style),
      .fallback = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_PERSISTENT),
  };
  return replies->style != NULL && replies->fallback != NULL &&
         add_common_headers(replies->style, "text/css; charset=utf-8") &&
         add_common_headers(replies->fallback, "text/plain; charset=utf-8");
}

void replies_close(struct replies *replies) {
  MHD_destroy_response(replies->style);
  MHD_destroy_response(replies->fallback);
}

/** Adds who answers to a page's document, and makes HTML of it. */
static bool render(const struct replies *replies, const struct response *response, xmlChar **html,
                   int *length) {
  struct page page = {response->document, false};
  xmlNode *root = page_root(&page);
  char number[24];
  if (root == NULL)
    return false;
  page_attribute(&page, root, "server", "c-server");
  snprintf(number, sizeof number, "%ld", (long)getpid());
  page_attribute(&page, root, "process", number);
  snprintf(number, sizeof number, "%ld", (long)gettid());
  page_attribute(&page, root, "thread", number);
  snprintf(number, sizeof number, "%u", response->status);
  page_attribute(&page, root, "status", number);
  if (replies->other != NULL)
    page_attribute(&page, root, "other", replies->other);
  return !page.is_broken &&
         templates_render(replies->templates, response->document, html, length) == 0;
}

/** The HTTP response, headers and all; NULL if it can't be made. */
static struct MHD_Response *make(const struct replies *replies, const struct response *response) {
  xmlChar *html = NULL;
  int length = 0;
  if (response->location == NULL && !render(replies, response, &html, &length))
    return NULL;
  struct MHD_Response *made =
      MHD_create_response_from_buffer_with_free_callback((size_t)length, html, xmlFree);
  if (made == NULL) {
    xmlFree(html);
    return NULL;
  }
  bool is_complete = add_common_headers(made, "text/html; charset=utf-8");
  if (response->location != NULL)
    is_complete &= add_header(made, "Location", response->location);
  if (response->allow != NULL)
    is_complete &= add_header(made, "Allow", response->allow);
  if (response->status == MHD_HTTP_SERVICE_UNAVAILABLE)
    is_complete &= add_header(made, "Retry-After", "1");
  if (response->set_cookie.length > 0)
    is_complete &= add_header(made, "Set-Cookie", response->set_cookie.data);
  if (is_complete)
    return made;
  MHD_destroy_response(made);
  return NULL;
}

enum MHD_Result replies_send(const struct replies *replies, struct MHD_Connection *connection,
                             const struct response *response) {
  if (response->is_style)
    return MHD_queue_response(connection, response->status, replies->style);
  struct MHD_Response *made = make(replies, response);
  if (made == NULL)
    return MHD_queue_response(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, replies->fallback);
  enum MHD_Result result = MHD_queue_response(connection, response->status, made);
  MHD_destroy_response(made);
  return result;
}
