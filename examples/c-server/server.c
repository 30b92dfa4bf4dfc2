/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "exchange.h"
#include "reply.h"
#include "routes.h"

/** Of a connection, in bytes: what its request's header may be, and the room to take it apart. */
#define CONNECTION_MEMORY ((size_t)131072)
/** In seconds. */
#define CONNECTION_TIMEOUT 30U
/** How long a request that is under way may take when the server ends, in seconds. */
#define STOP_TIMEOUT 10

struct server {
  const char *host;
  const struct sessions *sessions;
  struct replies replies;
  struct MHD_Daemon *daemon;
  atomic_uint under_way; /**< requests whose header came, and whose answer is not sent */
};

/** MHD_UnescapeCallback: decodes a path, but not a NUL in it, which would end the path before its
 * end: "/logout%00.css" is no page. */
static size_t decode(void *context, struct MHD_Connection *connection, char *text) {
  (void)context;
  (void)connection;
  return strstr(text, "%00") != NULL ? strlen(text) : MHD_http_unescape(text);
}

/** Answers a request that has come whole. */
static enum MHD_Result answer_whole(const struct server *server, struct MHD_Connection *connection,
                                    const struct request *request) {
  struct response response = RESPONSE_INIT;
  routes_answer(server->sessions, request, &response);
  enum MHD_Result result = replies_send(&server->replies, connection, &response);
  response_dispose(&response);
  return result;
}

/** MHD_AccessHandlerCallback: called once for the header, for each part of the body, and once for
 * its end. */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *length, void **state) {
  struct server *server = context;
  struct exchange *exchange = *state;
  struct request request;
  (void)version;
  if (exchange == NULL) {
    *state = exchange_new(connection, method);
    if (*state == NULL)
      return MHD_NO;
    atomic_fetch_add(&server->under_way, 1);
    return MHD_YES;
  }
  if (*length > 0) {
    size_t received = *length;
    *length = 0;
    return exchange_receive(exchange, data, received) ? MHD_YES : MHD_NO;
  }
  if (!exchange_finish(exchange, url, &request))
    return MHD_NO;
  return answer_whole(server, connection, &request);
}

/** MHD_RequestCompletedCallback: also of requests that were broken off. */
static void complete(void *context, struct MHD_Connection *connection, void **state,
                     enum MHD_RequestTerminationCode code) {
  struct server *server = context;
  (void)connection;
  (void)code;
  if (*state == NULL)
    return;
  exchange_free(*state);
  *state = NULL;
  atomic_fetch_sub(&server->under_way, 1);
}

static struct MHD_Daemon *listen_on(struct server *server, const struct addrinfo *address,
                                    unsigned threads) {
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_USE_ITC;
  if (address->ai_family == AF_INET6)
    flags |= MHD_USE_IPv6;
  // A pool of one is none to libmicrohttpd.
  return MHD_start_daemon(flags, 0, NULL, NULL, answer, server, MHD_OPTION_SOCK_ADDR,
                          address->ai_addr, MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0,
                          MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
                          MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_TIMEOUT,
                          MHD_OPTION_NOTIFY_COMPLETED, complete, server,
                          MHD_OPTION_UNESCAPE_CALLBACK, decode, NULL, MHD_OPTION_END);
}

struct server *server_start(const struct server_options *options) {
  const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                 .ai_socktype = SOCK_STREAM};
  struct addrinfo *address = NULL;
  struct server *server = calloc(1, sizeof *server);
  if (server == NULL)
    return NULL;
  server->host = options->host;
  server->sessions = options->sessions;
  bool is_open = replies_open(&server->replies, options->templates, options->other, options->style);
  int failure = getaddrinfo(options->host, options->port, &hints, &address);
  if (failure != 0)
    fprintf(stderr, "c-server: %s: %s\n", options->host, gai_strerror(failure));
  else if (is_open)
    server->daemon = listen_on(server, address, options->threads);
  if (failure == 0)
    freeaddrinfo(address);
  if (server->daemon != NULL)
    return server;
  fprintf(stderr, "c-server: can't serve %s port %s\n", options->host, options->port);
  server_stop(server);
  return NULL;
}

int server_address(const struct server *server, char *text, size_t size) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
  bool is_v6 = strchr(server->host, ':') != NULL;
  return snprintf(text, size, "http://%s%s%s:%u/", is_v6 ? "[" : "", server->host, is_v6 ? "]" : "",
                  info != NULL ? info->port : 0U);
}

/** Takes no more connections, and waits until what is under way is answered: a visitor whose login
 * is stored must hear of the new id. */
static void drain(struct server *server) {
  const struct timespec pause = {.tv_nsec = 10000000};
  MHD_socket listener = MHD_quiesce_daemon(server->daemon);
  for (int i = 0; i < STOP_TIMEOUT * 100 && atomic_load(&server->under_way) > 0; i++)
    nanosleep(&pause, NULL);
  MHD_stop_daemon(server->daemon);
  if (listener != MHD_INVALID_SOCKET)
    close(listener);
}

void server_stop(struct server *server) {
  if (server == NULL)
    return;
  if (server->daemon != NULL)
    drain(server);
  replies_close(&server->replies);
  free(server);
}
