/* SPDX-License-Identifier: MIT */
/**
 * @file admin.h
 * The list of live sessions, with a button each that ends it. No id is shown: a short hash stands
 * for it.
 */
#ifndef ADMIN_H
#define ADMIN_H

#include "sessions.h"

void admin_show(struct visit *visit, struct response *response);

/** Deletes the session of the hash that the form names. */
void admin_revoke(struct visit *visit, struct response *response);

#endif
