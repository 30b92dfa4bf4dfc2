/* SPDX-License-Identifier: MIT */
#include "redis_commands.h"

#include <string.h>

bool send_command(const struct connection *connection, const struct command *command) {
  return redisAppendCommandArgv(connection->context, (int)command->count,
                                (const char **)command->words, command->lengths) == REDIS_OK ||
         failed("redis: %s", connection->context->errstr);
}

struct command word_command(const char *word) {
  return (struct command){1, {word}, {strlen(word)}};
}

struct command id_command(const char *word, const char *id) {
  return (struct command){2, {word, id}, {strlen(word), ID_LENGTH}};
}

struct command key_command(const char *word, const char *key) {
  return (struct command){2, {word, key}, {strlen(word), strlen(key)}};
}

struct command expire_command(const char *key) {
  return (struct command){
      3, {"EXPIRE", key, SECONDS}, {sizeof "EXPIRE" - 1, strlen(key), sizeof SECONDS - 1}};
}

struct command set_command(const char *id, const unsigned char *bytes, size_t length,
                           const char *condition) {
  return (struct command){condition == NULL ? 5 : 6,
                          {"SET", id, (const char *)bytes, "EX", SECONDS, condition},
                          {3, ID_LENGTH, length, 2, sizeof SECONDS - 1, 2}};
}

redisReply *answer(const struct connection *connection) {
  void *taken = NULL;
  if (redisGetReply(connection->context, &taken) != REDIS_OK) {
    failed("redis: %s", connection->context->errstr);
    return NULL;
  }
  redisReply *reply = taken;
  if (reply->type != REDIS_REPLY_ERROR)
    return reply;
  failed("redis: %s", reply->str);
  freeReplyObject(reply);
  return NULL;
}

redisReply *ask(const struct connection *connection, const struct command *command) {
  return send_command(connection, command) ? answer(connection) : NULL;
}

bool is_status(const struct connection *connection, const char *expected) {
  redisReply *reply = answer(connection);
  if (reply == NULL)
    return false;
  bool is_it = (reply->type == REDIS_REPLY_STATUS && strcmp(reply->str, expected) == 0) ||
               failed("redis: the answer is not %s", expected);
  freeReplyObject(reply);
  return is_it;
}

bool is_one(const struct connection *connection, const struct command *command) {
  redisReply *reply = ask(connection, command);
  if (reply == NULL)
    return false;
  bool is_it = (reply->type == REDIS_REPLY_INTEGER && reply->integer == 1) ||
               failed("there is no such session");
  freeReplyObject(reply);
  return is_it;
}

bool is_number(const struct connection *connection, int64_t *out) {
  redisReply *reply = answer(connection);
  if (reply == NULL)
    return false;
  bool is_it = reply->type == REDIS_REPLY_INTEGER || failed("redis: the answer is no number");
  *out = is_it ? reply->integer : 0;
  freeReplyObject(reply);
  return is_it;
}

bool is_payload(const struct connection *connection, const redisReply *reply) {
  uint32_t visits = 0;
  if (reply->type != REDIS_REPLY_STRING || (size_t)reply->len > connection->workload->capacity)
    return failed("there is no such session");
  return workload_visits(connection->workload, (const unsigned char *)reply->str,
                         (size_t)reply->len, &visits);
}
