/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/** More threads than this are a mistake. */
#define THREADS_MAXIMUM 1024

static const char usage[] =
    "usage: c-server [--host ADDRESS] [--port NUMBER] [--threads NUMBER] [--secure]\n"
    "                [--other URL] [--pages DIRECTORY] DIRECTORY\n"
    "Serves sessions that are stored in DIRECTORY, which is made if it is missing.\n"
    "  --host     numeric address to listen on (127.0.0.1)\n"
    "  --port     0 for any that is free (8080)\n"
    "  --threads  that answer requests (4)\n"
    "  --secure   the cookie is sent over HTTPS only\n"
    "  --other    address of the other server, for a link\n"
    "  --pages    where pages.xsl and style.css are (" PAGES_DIRECTORY ")\n";

/** Reads a whole number from a smallest to a largest. */
static bool parse_number(const char *text, long smallest, long largest, long *number) {
  char *end;
  errno = 0;
  *number = strtol(text, &end, 10);
  return errno == 0 && end != text && *end == '\0' && *number >= smallest && *number <= largest;
}

bool options_parse(struct options *options, int argc, char **argv) {
  static const struct option names[] = {
      {"host", required_argument, NULL, 'h'},
      {"port", required_argument, NULL, 'p'},
      {"threads", required_argument, NULL, 't'},
      {"secure", no_argument, NULL, 's'},
      {"other", required_argument, NULL, 'o'},
      {"pages", required_argument, NULL, 'g'},
      {NULL, 0, NULL, 0},
  };
  bool is_understood = true;
  long number;
  int name;
  *options =
      (struct options){.host = "127.0.0.1", .port = "8080", .threads = 4, .pages = PAGES_DIRECTORY};
  while ((name = getopt_long(argc, argv, "", names, NULL)) != -1) {
    switch (name) {
    case 'h':
      options->host = optarg;
      break;
    case 'p':
      options->port = optarg;
      is_understood &= parse_number(optarg, 0, 65535, &number);
      break;
    case 't':
      is_understood &= parse_number(optarg, 1, THREADS_MAXIMUM, &number);
      options->threads = (unsigned)number;
      break;
    case 's':
      options->is_secure = true;
      break;
    case 'o':
      options->other = optarg;
      break;
    case 'g':
      options->pages = optarg;
      break;
    default:
      is_understood = false;
    }
  }
  if (!is_understood || optind != argc - 1) {
    fputs(usage, stderr);
    return false;
  }
  options->directory = argv[optind];
  return true;
}
