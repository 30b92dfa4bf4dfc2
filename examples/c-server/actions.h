/* SPDX-License-Identifier: MIT */
/**
 * @file actions.h
 * What the forms of the home page do.
 */
#ifndef ACTIONS_H
#define ACTIONS_H

#include "sessions.h"

/** Fields: user, and remember=yes for a cookie that outlives the browser. */
void action_log_in(struct visit *visit, struct response *response);
void action_log_out(struct visit *visit, struct response *response);
void action_log_out_everywhere(struct visit *visit, struct response *response);
void action_log_out_others(struct visit *visit, struct response *response);
void action_log_out_and_fail(struct visit *visit, struct response *response);
void action_increment(struct visit *visit, struct response *response);
void action_increment_and_fail(struct visit *visit, struct response *response);
/** Field: item. */
void action_add_to_cart(struct visit *visit, struct response *response);
/** Keeps the session although nobody is logged in. */
void action_assign(struct visit *visit, struct response *response);

#endif
