/* SPDX-License-Identifier: MIT */
/**
 * @file reply.h
 * From a response to what libmicrohttpd sends.
 */
#ifndef REPLY_H
#define REPLY_H

#include <microhttpd.h>

#include "response.h"
#include "templates.h"

/** What the replies of a server are made of; shared by its threads. */
struct replies {
  const struct templates *templates;
  const char *other;             /**< the other server's address; NULL for none */
  struct MHD_Response *style;    /**< style.css */
  struct MHD_Response *fallback; /**< if not even the error page can be made */
};

/**
 * Reads the stylesheet, and makes what can be made beforehand.
 * @param style  the path of style.css
 * @return false, with the reason on stderr, if that failed; to be released nevertheless
 */
bool replies_open(struct replies *replies, const struct templates *templates, const char *other,
                  const char *style);

/** Releases what replies_open made. */
void replies_close(struct replies *replies);

/** Sends a response. */
enum MHD_Result replies_send(const struct replies *replies, struct MHD_Connection *connection,
                             const struct response *response);

#endif
