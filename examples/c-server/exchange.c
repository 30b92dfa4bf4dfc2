/* SPDX-License-Identifier: MIT */
#include "exchange.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** A connection is closed in the midst of a body that is larger, in bytes. */
#define BODY_MAXIMUM 1048576

struct exchange {
  struct MHD_Connection *connection;
  const char *method;
  struct form *form; /**< NULL if the method is not POST */
  size_t received;
  char address[NI_MAXHOST];
  char *cookies; /**< NUL-terminated; NULL if there are none */
  size_t cookies_length;
};

struct exchange *exchange_new(struct MHD_Connection *connection, const char *method) {
  struct exchange *exchange = calloc(1, sizeof *exchange);
  if (exchange == NULL)
    return NULL;
  exchange->connection = connection;
  exchange->method = method;
  if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
    return exchange;
  exchange->form = form_new(connection);
  if (exchange->form != NULL)
    return exchange;
  free(exchange);
  return NULL;
}

void exchange_free(struct exchange *exchange) {
  if (exchange == NULL)
    return;
  form_free(exchange->form);
  free(exchange->cookies);
  free(exchange);
}

// What is too much for a form is still read: a connection that is closed on unread data is reset,
// and the browser would not see the page that tells why. Up to a point.
bool exchange_receive(struct exchange *exchange, const char *data, size_t length) {
  if (length > BODY_MAXIMUM - exchange->received)
    return false;
  exchange->received += length;
  if (exchange->form != NULL)
    form_receive(exchange->form, data, length);
  return true;
}

/** MHD_KeyValueIteratorN: joins the Cookie headers, of which there is one from most browsers. */
static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_length, const char *value, size_t value_length) {
  struct exchange *exchange = context;
  (void)kind;
  if (name_length != strlen("Cookie") || strncasecmp(name, "Cookie", name_length) != 0 ||
      value_length == 0)
    return MHD_YES;
  size_t before = exchange->cookies_length;
  char *cookies = realloc(exchange->cookies, before + strlen("; ") + value_length + 1);
  if (cookies == NULL)
    return MHD_NO;
  if (before > 0) {
    memcpy(cookies + before, "; ", 2);
    before += 2;
  }
  memcpy(cookies + before, value, value_length);
  cookies[before + value_length] = '\0';
  exchange->cookies = cookies;
  exchange->cookies_length = before + value_length;
  return MHD_YES;
}

/** The client's numeric address, as the connection has it: what a header like X-Forwarded-For
 * claims, anybody can claim. NULL if unknown. */
static const char *client_address(struct exchange *exchange) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const struct sockaddr *address = info != NULL ? info->client_addr : NULL;
  socklen_t size = address != NULL && address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                                     : sizeof(struct sockaddr_in);
  if (address == NULL || getnameinfo(address, size, exchange->address, sizeof exchange->address,
                                     NULL, 0, NI_NUMERICHOST) != 0)
    return NULL;
  return exchange->address;
}

bool exchange_finish(struct exchange *exchange, const char *path, struct request *request) {
  struct MHD_Connection *connection = exchange->connection;
  if (MHD_get_connection_values_n(connection, MHD_HEADER_KIND, NULL, NULL) !=
      MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, exchange))
    return false;
  *request = (struct request){
      .method = exchange->method,
      .path = path,
      .host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host"),
      .origin = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Origin"),
      .cookies = exchange->cookies,
      .address = client_address(exchange),
      .form = exchange->form,
      .refusal = exchange->form != NULL ? form_finish(exchange->form) : 0,
  };
  return true;
}
