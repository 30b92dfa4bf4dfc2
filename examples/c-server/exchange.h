/* SPDX-License-Identifier: MIT */
/**
 * @file exchange.h
 * One HTTP request, from its header to the end of its body, in terms of request.h.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <microhttpd.h>

#include "request.h"

struct exchange;

/** Begins the exchange of a connection. NULL without memory. */
struct exchange *exchange_new(struct MHD_Connection *connection, const char *method);

/** Releases an exchange. NULL is a no-op. */
void exchange_free(struct exchange *exchange);

/** Takes a part of the body. False if so much came that the connection is to be closed. */
bool exchange_receive(struct exchange *exchange, const char *data, size_t length);

/**
 * Ends the body, and tells the whole request.
 * @param path     decoded, without the query
 * @param request  borrows from the exchange and its connection
 * @return false without memory
 */
bool exchange_finish(struct exchange *exchange, const char *path, struct request *request);

#endif
