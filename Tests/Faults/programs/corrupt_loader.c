// SPDX-License-Identifier: MIT
// usage: corrupt_loader DIRECTORY ID FILE CORRUPTIONS OUTCOMES
//
// Puts FILE into a store under ID, damages it in each way that CORRUPTIONS lists, and does to each
// what hosts do: load it, save what was loaded, or, where the load refuses it, save a session that was
// loaded before the damage, and a new one. It ends with a message, and not with 0, where
// a refused file was touched, or a save wrote elsewhere than into the slot that did not count.
//
// CORRUPTIONS, little endian: u8 verb, u32 offset, u32 size of the file afterwards, u32 count, bytes
// (as many as count, but none of verb 2). Verb 0 replaces the bytes at offset, 1 puts them in there,
// 2 takes so many out.
// OUTCOMES: i32 status of the load, i32 of the save (of the loaded session, or of that from before),
// i32 of a new session's save (where the load refused it), u64 revision, u64 incarnation,
// u32 checksum, i64 created_us, u32 length, payload; a length of 0xFFFFFFFF is the payload before.
#include <session3.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPACITY ((size_t)4 << 20)
#define SAME UINT32_MAX
#define SECTOR 512U

/** The map {"attributes": {"after": 1}}. */
static const unsigned char after[] = "\x81\xaa"
                                     "attributes\x81\xa5"
                                     "after\x01";
static const size_t after_length = sizeof after - 1;

typedef struct bytes {
  size_t length;
  unsigned char data[CAPACITY];
} bytes;

typedef struct loaded {
  session3_snapshot snapshot;
  bytes payload;
} loaded;

static bytes original, damaged, held, operand, told;
static loaded before, now;
static session3_store *store;
static const char *id;
static char path[4096];
static int file = -1;
static unsigned number;

/** Bytes of the file that are not as in `original`. */
typedef struct range {
  size_t start;
  size_t count;
} range;

/* Whether `damaged` is `original` but for one range, and the file was so, too: then only what differs
 * is written, since large files are damaged byte by byte. */
static bool is_patched, was_patched;
static range patched, unpatched, saved;

_Noreturn static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "corruption %u: ", number);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static uint64_t little(const unsigned char *data, size_t size) {
  uint64_t value = 0;
  while (size-- > 0) value = value << 8 | data[size];
  return value;
}

static void put(FILE *out, uint64_t value, size_t size) {
  for (size_t index = 0; index < size; index++) fputc((int)(value >> (8 * index) & 0xff), out);
}

static void read_whole(const char *name, bytes *into) {
  FILE *stream = fopen(name, "rb");
  if (stream == NULL)
    fail("can't open %s", name);
  into->length = fread(into->data, 1, CAPACITY, stream);
  fclose(stream);
}

static void write_file(const bytes *content) {
  if (pwrite(file, content->data, content->length, 0) != (ssize_t)content->length ||
      ftruncate(file, (off_t)content->length) != 0) {
    fail("can't write the file");
  }
}

static void write_range(const range *part) {
  if (part->count > 0 && pwrite(file, damaged.data + part->start, part->count,
                                (off_t)part->start) != (ssize_t)part->count) {
    fail("can't write the file");
  }
}

static void write_damaged(void) {
  if (is_patched && was_patched) {
    write_range(&unpatched);
    write_range(&saved);
    write_range(&patched);
  } else {
    write_file(&damaged);
  }
  saved = (range){0};
}

static session3_status load(loaded *into) {
  into->snapshot = (session3_snapshot)SESSION3_SNAPSHOT_INIT;
  return session3_store_load_encoded(store, id, strlen(id), &into->snapshot, into->payload.data,
                                     CAPACITY, &into->payload.length, NULL);
}

static session3_status save(session3_snapshot snapshot, const bytes *base) {
  session3_buffer stored = SESSION3_BUFFER_INIT;
  session3_status status =
      session3_store_save_encoded(store, id, strlen(id), &snapshot, base->data, base->length, after,
                                  after_length, SESSION3_SAVE_MERGE, &stored, NULL);
  session3_buffer_dispose(&stored);
  return status;
}

/** Builds `damaged` from `original`. */
static void damage(unsigned char verb, size_t offset, size_t count, size_t size) {
  size_t given = verb == 2 ? 0 : count;
  size_t rest = offset;
  if (verb != 1)
    rest += count < original.length - offset ? count : original.length - offset;
  if (offset + given + original.length - rest > CAPACITY)
    fail("too long");
  memset(damaged.data, 0, size);
  memcpy(damaged.data, original.data, offset);
  memcpy(damaged.data + offset, operand.data, given);
  memcpy(damaged.data + offset + given, original.data + rest, original.length - rest);
  size_t length = offset + given + original.length - rest;
  if (length < size)
    memset(damaged.data + length, 0, size - length);
  damaged.length = size;
}

/** Takes the next line of CORRUPTIONS; 0 at the end. */
static int next(FILE *corruptions) {
  unsigned char head[13];
  if (fread(head, sizeof head, 1, corruptions) != 1)
    return 0;
  size_t offset = little(head + 1, 4);
  size_t size = little(head + 5, 4);
  size_t count = little(head + 9, 4);
  size_t given = head[0] == 2 ? 0 : count;
  if (count > CAPACITY || offset > original.length || size > CAPACITY ||
      fread(operand.data, 1, given, corruptions) != given) {
    fail("out of range");
  }
  was_patched = is_patched;
  is_patched = head[0] == 0 && size == original.length && offset + count <= size;
  unpatched = patched;
  patched = (range){offset, count};
  if (is_patched && was_patched) {
    memcpy(damaged.data + unpatched.start, original.data + unpatched.start, unpatched.count);
    memcpy(damaged.data + offset, operand.data, count);
  } else {
    damage(head[0], offset, count, size);
  }
  return 1;
}

static int is_same(const struct stat *one, const struct stat *other) {
  return one->st_ino == other->st_ino && one->st_size == other->st_size &&
         one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
         one->st_mtim.tv_nsec == other->st_mtim.tv_nsec &&
         one->st_ctim.tv_sec == other->st_ctim.tv_sec &&
         one->st_ctim.tv_nsec == other->st_ctim.tv_nsec && one->st_mode == other->st_mode;
}

static void read_held(void) {
  ssize_t length = pread(file, held.data, CAPACITY, 0);
  if (length < 0)
    fail("can't read the file");
  held.length = (size_t)length;
}

static void expect_untouched(const struct stat *as_damaged, const char *by) {
  struct stat status;
  if (stat(path, &status) != 0 || !is_same(&status, as_damaged))
    fail("touched by %s", by);
  read_held();
  if (held.length != damaged.length || memcmp(held.data, damaged.data, held.length) != 0) {
    fail("changed by %s", by);
  }
}

/** Where the slot begins that holds what was loaded. */
static size_t newest_slot(size_t slot_size) {
  for (size_t slot = 0; slot < 2; slot++) {
    size_t start = SECTOR + slot * slot_size;
    if (little(damaged.data + start, 8) == now.snapshot.version.revision &&
        little(damaged.data + start + 28, 4) == now.snapshot.version.checksum) {
      return start;
    }
  }
  fail("what was loaded is in no slot");
}

/** A save writes into the other slot, as much as the record needs, and can be loaded. */
static void expect_saved(void) {
  size_t slot_size = (damaged.length - SECTOR) / 2 / SECTOR * SECTOR;
  size_t start = newest_slot(slot_size) == SECTOR ? SECTOR + slot_size : SECTOR;
  read_held();
  if (held.length != damaged.length)
    fail("a save changed the size");
  saved = (range){start, 32 + after_length};
  memcpy(held.data + start, damaged.data + start, saved.count);
  if (memcmp(held.data, damaged.data, held.length) != 0)
    fail("a save wrote elsewhere");
  static loaded again;
  again.snapshot = (session3_snapshot)SESSION3_SNAPSHOT_INIT;
  if (load(&again) != SESSION3_OK)
    fail("a save can't be loaded");
  const session3_record_version *version = &again.snapshot.version;
  if (again.payload.length != after_length ||
      memcmp(again.payload.data, after, after_length) != 0 ||
      version->revision != now.snapshot.version.revision + 1 ||
      version->incarnation != now.snapshot.version.incarnation ||
      again.snapshot.created_us != now.snapshot.created_us) {
    fail("a save is not what is loaded");
  }
}

static void tell(FILE *out, const session3_status statuses[3]) {
  for (int index = 0; index < 3; index++) put(out, (uint32_t)statuses[index], 4);
  if (statuses[0] != SESSION3_OK) {
    memset(&now, 0, offsetof(loaded, payload.data));
  }
  put(out, now.snapshot.version.revision, 8);
  put(out, now.snapshot.version.incarnation, 8);
  put(out, now.snapshot.version.checksum, 4);
  put(out, (uint64_t)now.snapshot.created_us, 8);
  if (now.payload.length == told.length && memcmp(now.payload.data, told.data, told.length) == 0) {
    put(out, SAME, 4);
    return;
  }
  put(out, now.payload.length, 4);
  fwrite(now.payload.data, 1, now.payload.length, out);
  told.length = now.payload.length;
  memcpy(told.data, now.payload.data, told.length);
}

static void try_damaged(FILE *out, int was_good) {
  struct stat as_damaged;
  write_damaged();
  if (file < 0 || fstat(file, &as_damaged) != 0)
    fail("no status");
  session3_status statuses[3] = {load(&now), SESSION3_OK, SESSION3_OK};
  expect_untouched(&as_damaged, "a load");
  if (statuses[0] == SESSION3_OK) {
    statuses[1] = save(now.snapshot, &now.payload);
    if (statuses[1] == SESSION3_OK) {
      expect_saved();
    } else {
      expect_untouched(&as_damaged, "a save that failed");
    }
  } else {
    if (was_good)
      statuses[1] = save(before.snapshot, &before.payload);
    expect_untouched(&as_damaged, "a save of what was loaded before");
    if (damaged.length > 0) {
      statuses[2] = save((session3_snapshot)SESSION3_SNAPSHOT_INIT, &told);
      expect_untouched(&as_damaged, "a new session's save");
    }
  }
  tell(out, statuses);
}

int main(int count, char **arguments) {
  if (count != 6) {
    fputs("usage: corrupt_loader DIRECTORY ID FILE CORRUPTIONS OUTCOMES\n", stderr);
    return 2;
  }
  id = arguments[2];
  read_whole(arguments[3], &original);
  snprintf(path, sizeof path, "%s/%s", arguments[1], id);
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.flags = SESSION3_DIRECTORY_CREATE;
  if (session3_store_open_directory(arguments[1], strlen(arguments[1]), &options, &store, NULL) !=
      SESSION3_OK) {
    fail("no store");
  }
  file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0)
    fail("no file");
  write_file(&original);
  int was_good = load(&before) == SESSION3_OK;
  FILE *corruptions = fopen(arguments[4], "rb");
  FILE *out = fopen(arguments[5], "wb");
  if (corruptions == NULL || out == NULL)
    fail("no files of the caller's");
  for (number = 0; next(corruptions); number++) try_damaged(out, was_good);
  fclose(corruptions);
  int is_written = fclose(out) == 0;
  session3_store_free(store);
  close(file);
  return is_written ? 0 : 1;
}
