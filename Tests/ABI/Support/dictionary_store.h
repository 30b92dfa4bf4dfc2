/* SPDX-License-Identifier: MIT */
/**
 * @file dictionary_store.h
 * A custom store as a host would write one: records in a list, under one mutex.
 */
#ifndef DICTIONARY_STORE_H
#define DICTIONARY_STORE_H

#include "session3.h"

struct dictionary;

/** An empty dictionary. *destroyed is counted up when its destroy callback runs. */
struct dictionary *dictionary_new(int *destroyed);

/** All callbacks of a dictionary, which is their context; destroy releases it. */
extern const session3_store_callbacks dictionary_callbacks;

#endif
