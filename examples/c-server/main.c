/* SPDX-License-Identifier: MIT */
/**
 * @file main.c
 * A web server in C whose visitors have sessions: examples/quixote-app is its twin in Python, and
 * both may serve one store at the same time.
 */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>

#include "options.h"
#include "server.h"

/** Blocks the signals that end the server, for sigwait, in this thread and all that it starts; and
 * lets a write to a connection that the browser closed fail instead of ending the process. */
static void block_signals(sigset_t *signals) {
  sigemptyset(signals);
  sigaddset(signals, SIGINT);
  sigaddset(signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, signals, NULL);
  signal(SIGPIPE, SIG_IGN);
}

/** Serves until a signal comes. */
static int serve(const struct options *options, const struct sessions *sessions,
                 const struct templates *templates, const sigset_t *signals) {
  char style[PATH_MAX];
  char address[PATH_MAX];
  int received;
  snprintf(style, sizeof style, "%s/style.css", options->pages);
  const struct server_options server_options = {
      .host = options->host,
      .port = options->port,
      .threads = options->threads,
      .other = options->other,
      .style = style,
      .sessions = sessions,
      .templates = templates,
  };
  struct server *server = server_start(&server_options);
  if (server == NULL)
    return EXIT_FAILURE;
  server_address(server, address, sizeof address);
  printf("listening on %s\n", address);
  fflush(stdout);
  while (sigwait(signals, &received) != 0) continue;
  server_stop(server);
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  struct options options;
  struct sessions sessions;
  session3_error error = SESSION3_ERROR_INIT;
  sigset_t signals;
  int result = EXIT_FAILURE;

  if (!options_parse(&options, argc, argv))
    return 2;
  block_signals(&signals);
  struct templates *templates = templates_load(options.pages);
  session3_status status = sessions_open(&sessions, options.directory, options.is_secure, &error);
  if (s3_check("c-server", status, &error) == SESSION3_OK && templates != NULL)
    result = serve(&options, &sessions, templates, &signals);
  sessions_close(&sessions);
  templates_free(templates);
  return result;
}
