/* SPDX-License-Identifier: MIT */
/**
 * @file scripted_store.h
 * A custom store that behaves as a dictionary, but for one callback that does what a test says.
 */
#ifndef SCRIPTED_STORE_H
#define SCRIPTED_STORE_H

#include "session3.h"

enum callback { READ, WRITE, REMOVE, TOUCH, IDS, SETUP, CALLBACKS };

/** What a callback does instead of its work. */
struct script {
  enum callback callback; /**< which one; CALLBACKS for none */
  session3_status status; /**< what it returns */
  const char *message;    /**< fills the error with this, and errno 5; NULL leaves the error */
  bool does_the_work;     /**< hands out what the dictionary does, and then returns status */
};

struct scripted {
  struct script script;
  struct dictionary *dictionary;
  int destroyed; /**< how often its destroy callback ran */
  int dictionaries_destroyed;
  int calls[CALLBACKS];
  session3_record_version expected; /**< what the last write expected; zeros for NULL */
  session3_record_version written;  /**< the version of the last write */
  int64_t touched_us;               /**< the time of the last touch */
  /** Run by write before its work, to let something happen meanwhile; NULL for nothing. */
  void (*before_write)(struct scripted *scripted);
};

/** All callbacks of a scripted store, whose context is a struct scripted of the caller's. */
extern const session3_store_callbacks scripted_callbacks;

/** Prepares a scripted store with no script. */
void scripted_init(struct scripted *scripted);

#endif
