/* SPDX-License-Identifier: MIT */
/**
 * @file csrf.h
 * Whether a form was sent by a page of this server: no other site may act for its visitors.
 */
#ifndef CSRF_H
#define CSRF_H

#include "sessions.h"

/** Whether the request's form is one of this server's, and of this session. */
bool csrf_is_own_form(const struct visit *visit);

/** Adds the session's token to a page, for its forms to send back; none if the session is not
 * stored. */
session3_status csrf_add_token(struct page *page, const struct visit *visit, session3_error *error);

#endif
