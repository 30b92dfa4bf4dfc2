/* SPDX-License-Identifier: MIT */
/** @file basics.c  session3/base.h: versions, statuses, ids, buffers. */
#include "walkthrough.h"

static void versions(void) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_version_info info = {.size = sizeof info};
  MUST(session3_version(&info, &error));
  answer_yes_no("the library is of the version of this header",
                info.major == SESSION3_VERSION_MAJOR && info.minor == SESSION3_VERSION_MINOR);
  answer_yes_no("its structs have the size of this header's",
                info.error_size == sizeof(session3_error) &&
                    info.record_size == sizeof(session3_record));
  printf("  it writes format %u\n", (unsigned)info.format);
}

static void statuses(void) {
  printf("  0 %s, %d %s, %d %s, 4711 %s\n", session3_status_text(SESSION3_OK),
         (int)SESSION3_NOT_FOUND, session3_status_text(SESSION3_NOT_FOUND), (int)SESSION3_E_GONE,
         session3_status_text(SESSION3_E_GONE), session3_status_text(4711));
}

static void ids(void) {
  session3_error error = SESSION3_ERROR_INIT;
  char id[SESSION3_ID_LENGTH + 1];
  MUST(session3_id_generate(id, &error));
  answer_yes_no("a generated id is an id", session3_id_is_valid(id, SESSION3_ID_LENGTH));
  answer_yes_no("\"user 1\" is an id", session3_id_is_valid(TEXT("user 1")));
}

static void buffers(void) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_buffer buffer = SESSION3_BUFFER_INIT;
  MUST(session3_buffer_assign(&buffer, TEXT("owned by the caller"), &error));
  printf("  a buffer: \"%s\", %zu bytes\n", (const char *)buffer.data, buffer.length);
  session3_buffer_dispose(&buffer);
  answer_yes_no("it is empty once disposed of", buffer.data == NULL && buffer.length == 0);
}

void basics(void) {
  versions();
  statuses();
  ids();
  buffers();
}
