/* SPDX-License-Identifier: MIT */
/**
 * @file home.h
 * The home page: who the visitor is, what the session holds, and all that can be done with it.
 */
#ifndef HOME_H
#define HOME_H

#include "sessions.h"

void home_show(struct visit *visit, struct response *response);

#endif
