/* SPDX-License-Identifier: MIT */
/**
 * @file server.h
 * The HTTP server: libmicrohttpd with a pool of threads.
 */
#ifndef SERVER_H
#define SERVER_H

#include "sessions.h"
#include "templates.h"

/** What a server is made of; all of it must outlive the server. */
struct server_options {
  const char *host;  /**< a numeric address */
  const char *port;  /**< "0" for any */
  unsigned threads;  /**< 1 or more */
  const char *other; /**< the other server's address, for a link; NULL for none */
  const char *style; /**< the path of style.css */
  const struct sessions *sessions;
  const struct templates *templates;
};

struct server;

/** Starts a server. NULL, with the reason on stderr, if it can't listen. Blocked signals stay
 * blocked in its threads. */
struct server *server_start(const struct server_options *options);

/** Writes the server's address, "http://127.0.0.1:8080/", as snprintf(3) does. */
int server_address(const struct server *server, char *text, size_t size);

/** Ends what is under way, and releases the server. NULL is a no-op. */
void server_stop(struct server *server);

#endif
