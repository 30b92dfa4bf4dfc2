/* SPDX-License-Identifier: MIT */
/* Sizes and offsets of every public struct, as a binding on a 64-bit machine may rely on them. */
#include <syslog.h>

#include "Support/check.h"

struct pin {
  const char *name;
  size_t actual;
  size_t pinned;
};

#define SIZE(type, pinned) {"sizeof(" #type ")", sizeof(type), pinned}
#define FIELD(type, field, pinned) {#type "." #field, offsetof(type, field), pinned}

static const struct pin pins[] = {
    SIZE(session3_error, 256),
    FIELD(session3_error, size, 0),
    FIELD(session3_error, status, 8),
    FIELD(session3_error, system_errno, 12),
    FIELD(session3_error, message, 16),

    SIZE(session3_buffer, 24),
    FIELD(session3_buffer, size, 0),
    FIELD(session3_buffer, data, 8),
    FIELD(session3_buffer, length, 16),

    SIZE(session3_version_info, 136),
    FIELD(session3_version_info, size, 0),
    FIELD(session3_version_info, major, 8),
    FIELD(session3_version_info, minor, 12),
    FIELD(session3_version_info, patch, 16),
    FIELD(session3_version_info, format, 20),
    FIELD(session3_version_info, text, 24),
    FIELD(session3_version_info, error_size, 32),
    FIELD(session3_version_info, buffer_size, 40),
    FIELD(session3_version_info, value_size, 48),
    FIELD(session3_version_info, value_iterator_size, 56),
    FIELD(session3_version_info, directory_options_size, 64),
    FIELD(session3_version_info, memory_options_size, 72),
    FIELD(session3_version_info, store_info_size, 80),
    FIELD(session3_version_info, snapshot_size, 88),
    FIELD(session3_version_info, record_size, 96),
    FIELD(session3_version_info, store_callbacks_size, 104),
    FIELD(session3_version_info, cookie_policy_size, 112),
    FIELD(session3_version_info, manager_policy_size, 120),
    FIELD(session3_version_info, statistics_size, 128),

    SIZE(session3_value, 24),
    FIELD(session3_value, encoded, 0),
    FIELD(session3_value, encoded_length, 8),
    FIELD(session3_value, type, 16),
    FIELD(session3_value, count, 20),

    SIZE(session3_value_iterator, 24),
    FIELD(session3_value_iterator, position, 0),
    FIELD(session3_value_iterator, bytes_left, 8),
    FIELD(session3_value_iterator, items_left, 16),
    FIELD(session3_value_iterator, type, 20),

    SIZE(session3_directory_options, 96),
    FIELD(session3_directory_options, size, 0),
    FIELD(session3_directory_options, flags, 8),
    FIELD(session3_directory_options, file_mode, 12),
    FIELD(session3_directory_options, directory_mode, 16),
    FIELD(session3_directory_options, sync, 20),
    FIELD(session3_directory_options, policy, 24),
    FIELD(session3_directory_options, reserved, 28),
    FIELD(session3_directory_options, lock_timeout_us, 32),
    FIELD(session3_directory_options, maximum_payload, 40),
    FIELD(session3_directory_options, access_resolution_us, 48),
    FIELD(session3_directory_options, clock, 56),
    FIELD(session3_directory_options, clock_context, 64),
    FIELD(session3_directory_options, log, 72),
    FIELD(session3_directory_options, log_context, 80),
    FIELD(session3_directory_options, log_level, 88),
    FIELD(session3_directory_options, reserved_2, 92),

    SIZE(session3_memory_options, 72),
    FIELD(session3_memory_options, size, 0),
    FIELD(session3_memory_options, policy, 8),
    FIELD(session3_memory_options, reserved, 12),
    FIELD(session3_memory_options, maximum_payload, 16),
    FIELD(session3_memory_options, access_resolution_us, 24),
    FIELD(session3_memory_options, clock, 32),
    FIELD(session3_memory_options, clock_context, 40),
    FIELD(session3_memory_options, log, 48),
    FIELD(session3_memory_options, log_context, 56),
    FIELD(session3_memory_options, log_level, 64),
    FIELD(session3_memory_options, reserved_2, 68),

    SIZE(session3_statistics, 216),
    FIELD(session3_statistics, size, 0),
    FIELD(session3_statistics, loads, 8),
    FIELD(session3_statistics, hits, 16),
    FIELD(session3_statistics, misses, 24),
    FIELD(session3_statistics, creates, 32),
    FIELD(session3_statistics, saves, 40),
    FIELD(session3_statistics, unchanged, 48),
    FIELD(session3_statistics, updates, 56),
    FIELD(session3_statistics, renewals, 64),
    FIELD(session3_statistics, deletes, 72),
    FIELD(session3_statistics, touches, 80),
    FIELD(session3_statistics, sweeps, 88),
    FIELD(session3_statistics, swept, 96),
    FIELD(session3_statistics, leftovers, 104),
    FIELD(session3_statistics, conflicts, 112),
    FIELD(session3_statistics, merges, 120),
    FIELD(session3_statistics, gone, 128),
    FIELD(session3_statistics, corrupt, 136),
    FIELD(session3_statistics, busy, 144),
    FIELD(session3_statistics, too_large, 152),
    FIELD(session3_statistics, failures, 160),
    FIELD(session3_statistics, lock_waits, 168),
    FIELD(session3_statistics, lock_wait_us, 176),
    FIELD(session3_statistics, longest_lock_wait_us, 184),
    FIELD(session3_statistics, bytes_read, 192),
    FIELD(session3_statistics, bytes_written, 200),
    FIELD(session3_statistics, messages_left_out, 208),

    SIZE(session3_store_info, 40),
    FIELD(session3_store_info, size, 0),
    FIELD(session3_store_info, is_multiprocess_safe, 8),
    FIELD(session3_store_info, is_thread_safe, 12),
    FIELD(session3_store_info, policy, 16),
    FIELD(session3_store_info, sync, 20),
    FIELD(session3_store_info, maximum_payload, 24),
    FIELD(session3_store_info, access_resolution_us, 32),

    SIZE(session3_record_version, 24),
    FIELD(session3_record_version, revision, 0),
    FIELD(session3_record_version, incarnation, 8),
    FIELD(session3_record_version, checksum, 16),
    FIELD(session3_record_version, reserved, 20),

    SIZE(session3_snapshot, 48),
    FIELD(session3_snapshot, size, 0),
    FIELD(session3_snapshot, version, 8),
    FIELD(session3_snapshot, created_us, 32),
    FIELD(session3_snapshot, accessed_us, 40),

    SIZE(session3_record, 64),
    FIELD(session3_record, size, 0),
    FIELD(session3_record, version, 8),
    FIELD(session3_record, created_us, 32),
    FIELD(session3_record, accessed_us, 40),
    FIELD(session3_record, payload, 48),
    FIELD(session3_record, payload_length, 56),

    SIZE(session3_store_callbacks, 72),
    FIELD(session3_store_callbacks, size, 0),
    FIELD(session3_store_callbacks, flags, 8),
    FIELD(session3_store_callbacks, reserved, 12),
    FIELD(session3_store_callbacks, destroy, 16),
    FIELD(session3_store_callbacks, read, 24),
    FIELD(session3_store_callbacks, write, 32),
    FIELD(session3_store_callbacks, remove, 40),
    FIELD(session3_store_callbacks, touch, 48),
    FIELD(session3_store_callbacks, ids, 56),
    FIELD(session3_store_callbacks, setup, 64),

    SIZE(session3_cookie_policy, 64),
    FIELD(session3_cookie_policy, size, 0),
    FIELD(session3_cookie_policy, flags, 8),
    FIELD(session3_cookie_policy, same_site, 12),
    FIELD(session3_cookie_policy, name, 16),
    FIELD(session3_cookie_policy, name_length, 24),
    FIELD(session3_cookie_policy, path, 32),
    FIELD(session3_cookie_policy, path_length, 40),
    FIELD(session3_cookie_policy, domain, 48),
    FIELD(session3_cookie_policy, domain_length, 56),

    SIZE(session3_manager_policy, 72),
    FIELD(session3_manager_policy, size, 0),
    FIELD(session3_manager_policy, flags, 8),
    FIELD(session3_manager_policy, reserved, 12),
    FIELD(session3_manager_policy, idle_timeout_us, 16),
    FIELD(session3_manager_policy, lifetime_us, 24),
    FIELD(session3_manager_policy, persistent_timeout_us, 32),
    FIELD(session3_manager_policy, access_resolution_us, 40),
    FIELD(session3_manager_policy, cookie, 48),
    FIELD(session3_manager_policy, has_info, 56),
    FIELD(session3_manager_policy, has_info_context, 64),

    SIZE(session3_status, 4),
    SIZE(session3_type, 4),
    SIZE(session3_save_policy, 4),
    SIZE(session3_sync, 4),
    SIZE(session3_same_site, 4),
    SIZE(session3_persistence, 4),
    SIZE(session3_expire_scope, 4),
    SIZE(session3_outcome, 4),
};

static void structs_are_laid_out_as_pinned(void **state) {
  (void)state;
  for (size_t index = 0; index < sizeof pins / sizeof pins[0]; index++) {
    if (pins[index].actual != pins[index].pinned) {
      print_error("%s is %zu, pinned at %zu\n", pins[index].name, pins[index].actual,
                  pins[index].pinned);
      fail();
    }
  }
}

static void the_library_was_built_with_the_same_sizes(void **state) {
  (void)state;
  session3_version_info info = {.size = sizeof info};
  assert_ok(session3_version(&info, ERR));
  assert_int_equal(info.error_size, sizeof(session3_error));
  assert_int_equal(info.buffer_size, sizeof(session3_buffer));
  assert_int_equal(info.value_size, sizeof(session3_value));
  assert_int_equal(info.value_iterator_size, sizeof(session3_value_iterator));
  assert_int_equal(info.directory_options_size, sizeof(session3_directory_options));
  assert_int_equal(info.memory_options_size, sizeof(session3_memory_options));
  assert_int_equal(info.store_info_size, sizeof(session3_store_info));
  assert_int_equal(info.snapshot_size, sizeof(session3_snapshot));
  assert_int_equal(info.record_size, sizeof(session3_record));
  assert_int_equal(info.store_callbacks_size, sizeof(session3_store_callbacks));
  assert_int_equal(info.cookie_policy_size, sizeof(session3_cookie_policy));
  assert_int_equal(info.manager_policy_size, sizeof(session3_manager_policy));
  assert_int_equal(info.statistics_size, sizeof(session3_statistics));
}

/** A host that was built before the last fields were added. */
static void the_fields_of_an_earlier_version_can_be_asked_for_alone(void **state) {
  (void)state;
  session3_version_info info = {.size = offsetof(session3_version_info, cookie_policy_size),
                                .cookie_policy_size = 77};
  assert_ok(session3_version(&info, ERR));
  assert_int_equal(info.store_callbacks_size, sizeof(session3_store_callbacks));
  assert_int_equal(info.cookie_policy_size, 77);
}

static void statuses_and_types_keep_their_numbers(void **state) {
  (void)state;
  const session3_status statuses[] = {
      SESSION3_EXPIRED,    SESSION3_DONE,          SESSION3_NOT_FOUND,   SESSION3_OK,
      SESSION3_E_INVALID,  SESSION3_E_NOMEM,       SESSION3_E_IO,        SESSION3_E_CORRUPT,
      SESSION3_E_FORMAT,   SESSION3_E_TYPE,        SESSION3_E_EXISTS,    SESSION3_E_GONE,
      SESSION3_E_CONFLICT, SESSION3_E_BUSY,        SESSION3_E_TOO_LARGE, SESSION3_E_VALUE,
      SESSION3_E_RANGE,    SESSION3_E_UNSUPPORTED, SESSION3_E_CALLBACK,  SESSION3_E_TOO_SMALL,
      SESSION3_E_INSECURE};
  for (int index = 0; index < 21; index++) assert_int_equal(statuses[index], 3 - index);
  const session3_type types[] = {SESSION3_TYPE_NIL,    SESSION3_TYPE_BOOL,      SESSION3_TYPE_INT,
                                 SESSION3_TYPE_UINT,   SESSION3_TYPE_DOUBLE,    SESSION3_TYPE_TEXT,
                                 SESSION3_TYPE_BINARY, SESSION3_TYPE_TIMESTAMP, SESSION3_TYPE_ARRAY,
                                 SESSION3_TYPE_MAP};
  for (int index = 0; index < 10; index++) assert_int_equal(types[index], index);
}

static void choices_keep_their_numbers(void **state) {
  (void)state;
  const session3_outcome outcomes[] = {SESSION3_OUTCOME_NONE,    SESSION3_OUTCOME_UNCHANGED,
                                       SESSION3_OUTCOME_SAVED,   SESSION3_OUTCOME_CREATED,
                                       SESSION3_OUTCOME_RENEWED, SESSION3_OUTCOME_DELETED,
                                       SESSION3_OUTCOME_GONE};
  for (int index = 0; index < 7; index++) assert_int_equal(outcomes[index], index);
  const session3_same_site same_sites[] = {SESSION3_SAME_SITE_DEFAULT, SESSION3_SAME_SITE_LAX,
                                           SESSION3_SAME_SITE_STRICT, SESSION3_SAME_SITE_NONE,
                                           SESSION3_SAME_SITE_UNSET};
  for (int index = 0; index < 5; index++) assert_int_equal(same_sites[index], index);
  assert_int_equal(SESSION3_PERSISTENCE_DEFAULT, 0);
  assert_int_equal(SESSION3_PERSISTENCE_BROWSER, 1);
  assert_int_equal(SESSION3_PERSISTENCE_PERSISTENT, 2);
  assert_int_equal(SESSION3_EXPIRE_ALL, 1);
  assert_int_equal(SESSION3_EXPIRE_OTHERS, 2);
  assert_int_equal(SESSION3_COOKIE_SECURE | SESSION3_COOKIE_SCRIPTABLE << 4 |
                       SESSION3_COOKIE_PARTITIONED << 8,
                   0x421);
  assert_int_equal(SESSION3_MANAGER_PERSISTENT, 1);
  const session3_log_level levels[] = {SESSION3_LOG_DEFAULT, SESSION3_LOG_ERROR,
                                       SESSION3_LOG_WARNING, SESSION3_LOG_INFO, SESSION3_LOG_DEBUG};
  const uint32_t priorities[] = {0, LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
  assert_memory_equal(levels, priorities, sizeof levels);
}

static void initializers_fill_the_size_alone(void **state) {
  (void)state;
  const session3_directory_options directory = SESSION3_DIRECTORY_OPTIONS_INIT;
  const session3_memory_options memory = SESSION3_MEMORY_OPTIONS_INIT;
  const session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  const session3_error error = SESSION3_ERROR_INIT;
  const session3_statistics statistics = SESSION3_STATISTICS_INIT;
  const session3_statistics empty_statistics = {.size = sizeof empty_statistics};
  assert_memory_equal(&statistics, &empty_statistics, sizeof statistics);
  assert_int_equal(directory.size, sizeof directory);
  assert_int_equal(directory.flags | directory.reserved | directory.policy, 0);
  assert_null(directory.clock);
  assert_int_equal(memory.size, sizeof memory);
  assert_null(memory.clock);
  assert_int_equal(snapshot.size, sizeof snapshot);
  assert_int_equal(snapshot.version.revision, 0);
  assert_int_equal(error.size, sizeof error);
  assert_int_equal(error.status, SESSION3_OK);
  const session3_cookie_policy cookie = SESSION3_COOKIE_POLICY_INIT;
  const session3_manager_policy manager = SESSION3_MANAGER_POLICY_INIT;
  const session3_cookie_policy empty_cookie = {.size = sizeof empty_cookie};
  const session3_manager_policy empty_manager = {.size = sizeof empty_manager};
  assert_memory_equal(&cookie, &empty_cookie, sizeof cookie);
  assert_memory_equal(&manager, &empty_manager, sizeof manager);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(structs_are_laid_out_as_pinned),
      cmocka_unit_test(the_library_was_built_with_the_same_sizes),
      cmocka_unit_test(the_fields_of_an_earlier_version_can_be_asked_for_alone),
      cmocka_unit_test(statuses_and_types_keep_their_numbers),
      cmocka_unit_test(choices_keep_their_numbers),
      cmocka_unit_test(initializers_fill_the_size_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
