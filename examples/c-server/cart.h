/* SPDX-License-Identifier: MIT */
/**
 * @file cart.h
 * What a session counts: the counter, and the items of the cart. Each is an integer attribute of
 * its own, "cart.tea", so that two servers that add at once don't replace each other's cart.
 */
#ifndef CART_H
#define CART_H

#include "sessions.h"

/** The attribute of the counter. */
#define CART_COUNTER "counter"

/** The attribute that counts an item; NULL for what is none. */
const char *cart_key(const char *item, size_t length);

/** The item that an attribute counts; NULL for any other attribute. */
const char *cart_item(const char *key, size_t length);

/** Counts one more of an attribute: in the store where the session is stored, so that none is lost
 * whoever counts at the same time; else in the session. A session that somebody deleted meanwhile
 * counts nothing. */
session3_status cart_count(struct visit *visit, const char *key, session3_error *error);

#endif
