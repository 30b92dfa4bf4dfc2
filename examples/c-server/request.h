/* SPDX-License-Identifier: MIT */
/**
 * @file request.h
 * What a browser asked, free of the HTTP library.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>

#include "form.h"

struct request {
  const char *method;
  const char *path;        /**< decoded, without the query */
  const char *host;        /**< the Host header; NULL if there is none */
  const char *origin;      /**< the Origin header; NULL if there is none */
  const char *cookies;     /**< the Cookie headers; NULL if there are none */
  const char *address;     /**< where it came from; NULL if unknown */
  const struct form *form; /**< NULL if the method is not POST */
  unsigned refusal;        /**< the HTTP status of a body that the server does not take, or 0 */
};

#endif
