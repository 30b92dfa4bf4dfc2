/* SPDX-License-Identifier: MIT */
/* Does things wrong, each of which a sanitizer or valgrind must report: leak, descriptor, overflow,
 * overread, undefined, race. They are a host's faults, in what the library made or reads. */
#include "session3_easy.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static session3_error error = SESSION3_ERROR_INIT;

/** Makes a session that nobody frees. */
__attribute__((noinline)) static session3_status forget_session(void) {
  session3_session *session = NULL;
  session3_status status = s3_new(&session, &error);
  return status == SESSION3_OK ? s3_set_user(session, "alice", &error) : status;
}

/** Sessions that nobody frees: many, since a pointer that stays in a register or in a dead part of the
 * stack hides the one that it points to. */
static session3_status leak(void) {
  session3_status status = SESSION3_OK;
  for (int count = 0; count < 64 && status == SESSION3_OK; count++) status = forget_session();
  return status;
}

/** An iterator whose store is freed and which is not: its descriptor stays open. */
static session3_status descriptor(const char *directory) {
  static session3_iterator *iterator;
  S3_AUTO_STORE(store);
  session3_status status = s3_open(directory, &store, &error);
  return status == SESSION3_OK ? session3_store_iterate(store, &iterator, &error) : status;
}

/** Writes behind bytes that the library allocated. */
static session3_status overflow(void) {
  S3_AUTO_BUFFER(buffer);
  session3_status status = session3_buffer_assign(&buffer, "sixteen bytes...", 16, &error);
  if (status == SESSION3_OK)
    ((volatile char *)buffer.data)[buffer.length + 1] = 'x';
  return status;
}

/** Lets the library read behind the program's bytes. */
static session3_status overread(void) {
  S3_AUTO_SESSION(session);
  char *text = malloc(100);
  session3_status status = s3_new(&session, &error);
  if (status == SESSION3_OK && text != NULL) {
    memset(text, 'a', 100);
    (void)session3_session_set_binary(session, "text", 4, text, 104, &error);
  }
  free(text);
  return status;
}

/** A sum beyond the largest int. */
static session3_status undefined(void) {
  volatile int most = INT32_MAX;
  most = most + 1;
  return SESSION3_OK;
}

static void *set_late(void *session) {
  /* Long after the other, and yet no order that anything guarantees. */
  usleep(200000);
  s3_set((session3_session *)session, "n", 2, NULL);
  return NULL;
}

/** Two threads on one session. */
static session3_status race(void) {
  S3_AUTO_SESSION(session);
  pthread_t thread;
  session3_status status = s3_new(&session, &error);
  if (status != SESSION3_OK || pthread_create(&thread, NULL, set_late, session) != 0)
    return SESSION3_E_INVALID;
  status = s3_set(session, "n", 1, &error);
  pthread_join(thread, NULL);
  return status;
}

static session3_status commit(const char *fault, const char *directory) {
  if (strcmp(fault, "leak") == 0)
    return leak();
  if (strcmp(fault, "descriptor") == 0)
    return descriptor(directory);
  if (strcmp(fault, "overflow") == 0)
    return overflow();
  if (strcmp(fault, "overread") == 0)
    return overread();
  if (strcmp(fault, "undefined") == 0)
    return undefined();
  return strcmp(fault, "race") == 0 ? race() : SESSION3_E_INVALID;
}

int main(int argc, char **argv) {
  for (int index = 2; index < argc; index++) {
    if (commit(argv[index], argv[1]) == SESSION3_OK)
      continue;
    (void)fprintf(stderr, "planted DIRECTORY FAULT...: %s %s\n", argv[index], error.message);
    return 2;
  }
  return 0;
}
