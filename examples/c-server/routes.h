/* SPDX-License-Identifier: MIT */
/**
 * @file routes.h
 * Which page answers which request.
 */
#ifndef ROUTES_H
#define ROUTES_H

#include "sessions.h"

/** Answers a request by the page of its path and method. */
void routes_answer(const struct sessions *sessions, const struct request *request,
                   struct response *response);

#endif
