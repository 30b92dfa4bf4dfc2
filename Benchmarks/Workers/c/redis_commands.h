/* SPDX-License-Identifier: MIT */
/* Commands to a Redis server, and what it answers. */
#ifndef BENCH_REDIS_H
#define BENCH_REDIS_H

#include "worker.h"
#include "workload.h"

#include <hiredis/hiredis.h>

/** How long a session lives without being used. */
#define SECONDS "86400"

struct connection {
  redisContext *context;
  const struct workload *workload;
  unsigned char *bytes; /**< of the workload's capacity */
  uint64_t filled;      /**< fills that were not answered yet */
};

/** The words of a command. */
struct command {
  size_t count;
  const char *words[6];
  size_t lengths[6];
};

struct command word_command(const char *word);
struct command id_command(const char *word, const char *id);
/** For a key of any length. */
struct command key_command(const char *word, const char *key);
struct command expire_command(const char *key);
/** SET of a payload with its lifetime; `condition` is NX, XX or NULL. */
struct command set_command(const char *id, const unsigned char *bytes, size_t length,
                           const char *condition);

/** Sends a command with those that wait already, once an answer is taken. */
bool send_command(const struct connection *connection, const struct command *command);
/** Takes the next answer; NULL after a call of failed. */
redisReply *answer(const struct connection *connection);
/** Sends a command, and takes its answer; NULL after a call of failed. */
redisReply *ask(const struct connection *connection, const struct command *command);
/** Takes an answer that must be a status, as OK and QUEUED are. */
bool is_status(const struct connection *connection, const char *expected);
/** Sends a command that must answer 1. */
bool is_one(const struct connection *connection, const struct command *command);
/** Takes an answer that must be a number. */
bool is_number(const struct connection *connection, int64_t *out);
/** Whether an answer is a payload of the workload. */
bool is_payload(const struct connection *connection, const redisReply *reply);

#endif
