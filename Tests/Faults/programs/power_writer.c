/* SPDX-License-Identifier: MIT */
/* Works on a store until SIGTERM, and tells what it does:
 *   power_writer DIRECTORY LOG SEED NAME PAUSE_US
 *
 * LOG, which lies where no power is cut, gets one line before each operation and one after it, each
 * by one write(2):
 *   B OPERATION ID STEP SIZE HITS    what the session of that id will be; `-` for none
 *   E STATUS ID                      the library's answer; renew: the new id
 * A session holds `step`, `hits` and a `text` of SIZE characters, which repeats the step. Sessions
 * are this writer's own, but for `shared`, on which all count. In a store of sync mode none the
 * writer makes all durable now and then (`settle`). */
#include "session3_easy.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 6, LARGEST = 24000, STEP_TEXT = 9 };

/** One session after another, each the next one's forerunner. */
struct line {
  char id[SESSION3_ID_MAXIMUM + 1];
  bool is_stored;
  int64_t step, size, hits;
  int64_t room; /**< a size that fits into the file */
};

static session3_store *store;
static int directory, log_file;
static bool is_synced;
static uint64_t seed;
static const char *name;
static int64_t pause_us;
static volatile sig_atomic_t is_over;

static void end(int number) {
  (void)number;
  is_over = 1;
}

static uint64_t below(uint64_t limit) {
  seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (seed >> 33) % limit;
}

static void say(const char *format, ...) {
  char text[400];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (write(log_file, text, (size_t)length) != length)
    abort();
}

static void begin(const char *operation, const struct line *line) {
  say("B %s %s %lld %lld %lld\n", operation, line->id, (long long)line->step, (long long)line->size,
      (long long)line->hits);
}

static bool finish(session3_status status, const char *id, const session3_error *error) {
  say("E %d %s\n", (int)status, id);
  if (status != SESSION3_OK)
    say("# %s\n", error->message);
  return status == SESSION3_OK;
}

static void fill(session3_session *session, const struct line *line) {
  static char text[LARGEST + STEP_TEXT + 1];
  char step[32];
  snprintf(step, sizeof step, "%08lld.", (long long)line->step);
  for (int64_t i = 0; i < line->size; i++) text[i] = step[i % STEP_TEXT];
  text[line->size] = '\0';
  session3_error error = SESSION3_ERROR_INIT;
  if (s3_set_int(session, "step", line->step, &error) < 0 ||
      s3_set_int(session, "hits", line->hits, &error) < 0 ||
      s3_set_text(session, "text", text, &error) < 0)
    abort();
}

static bool create(struct line *line) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  line->step++;
  line->size = (int64_t)below(1000);
  line->room = 1000;
  line->hits = 0;
  if (session3_session_new(line->id, strlen(line->id), &session, &error) < 0)
    abort();
  fill(session, line);
  begin("create", line);
  line->is_stored = true;
  return finish(session3_store_create(store, session, &error), line->id, &error);
}

static bool save(struct line *line, const char *operation) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  line->step++;
  line->size = operation[0] == 'g' ? line->room : (int64_t)below((uint64_t)line->room + 1);
  if (session3_store_load(store, line->id, strlen(line->id), &session, &error) != SESSION3_OK) {
    begin(operation, line);
    return finish(SESSION3_E_GONE, line->id, &error);
  }
  fill(session, line);
  begin(operation, line);
  if (operation[0] != 'r')
    return finish(s3_save(store, session, &error), line->id, &error);
  session3_status status = session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, &error);
  snprintf(line->id, sizeof line->id, "%s", s3_id(session));
  return finish(status, line->id, &error);
}

static bool grow(struct line *line) {
  line->room = 2 * line->room + 600;
  return save(line, "grow");
}

static bool increment(struct line *line) {
  session3_error error = SESSION3_ERROR_INIT;
  line->hits++;
  begin("increment", line);
  return finish(s3_increment(store, line->id, "hits", 1, NULL, &error), line->id, &error);
}

static bool delete_session(struct line *line) {
  session3_error error = SESSION3_ERROR_INIT;
  begin("delete", line);
  line->is_stored = false;
  return finish(s3_delete(store, line->id, &error), line->id, &error);
}

static bool settle(void) {
  session3_error error = SESSION3_ERROR_INIT;
  const struct line nobody = {.id = "-"};
  begin("settle", &nobody);
  return finish(syncfs(directory) == 0 ? SESSION3_OK : SESSION3_E_IO, "-", &error);
}

static bool work(struct line *line) {
  static struct line shared = {.id = "shared"};
  uint64_t which = below(100);
  if (!is_synced && which < 3)
    return settle();
  if (which < 10)
    return increment(&shared);
  if (!line->is_stored)
    return create(line);
  if (which < 20)
    return increment(line);
  if (which < 30 && line->room < LARGEST / 2)
    return grow(line);
  if (which < 40)
    return save(line, "renew");
  if (which < 48)
    return delete_session(line);
  return save(line, "save");
}

static void rest(void) {
  if (pause_us == 0 || below(2) == 0)
    return;
  struct timespec time = {0, (long)(below((uint64_t)pause_us) * 1000)};
  nanosleep(&time, NULL);
}

int main(int count, char **arguments) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_store_info info = {.size = sizeof info};
  struct line lines[LINES] = {0};
  if (count != 6)
    return 2;
  signal(SIGTERM, end);
  seed = strtoull(arguments[3], NULL, 10);
  name = arguments[4];
  pause_us = strtoll(arguments[5], NULL, 10);
  directory = open(arguments[1], O_RDONLY | O_DIRECTORY);
  log_file = open(arguments[2], O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (directory < 0 || log_file < 0 || s3_open(arguments[1], &store, &error) < 0 ||
      session3_store_get_info(store, &info, &error) < 0)
    return 2;
  is_synced = info.sync == SESSION3_SYNC_DATA;
  for (int i = 0; i < LINES; i++) snprintf(lines[i].id, sizeof lines[i].id, "%s-%d", name, i);
  bool is_well = true;
  while (!is_over && is_well) {
    is_well = work(&lines[below(LINES)]);
    rest();
  }
  session3_store_free(store);
  return is_well ? 0 : 1;
}
