/* SPDX-License-Identifier: MIT */
/**
 * @file options.h
 * The command line.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

struct options {
  const char *host;
  const char *port;
  unsigned threads;
  bool is_secure;        /**< the cookie is sent over HTTPS only */
  const char *other;     /**< the other server's address; NULL for none */
  const char *pages;     /**< the directory of the templates */
  const char *directory; /**< of the store */
};

/** Reads the command line, whose texts the options borrow. False, with the usage on stderr, if it
 * can't be understood. */
bool options_parse(struct options *options, int argc, char **argv);

#endif
