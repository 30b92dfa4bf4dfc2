<?php
// SPDX-License-Identifier: MIT
// Measures PHP's files handler, as Benchmarks/README.md says; beyond that, `info` tells title,
// versions and notes on operations, and `read SLOT` what is stored in a slot.
//
//   php8.2 -n -dzend_extension=opcache -dopcache.enable_cli=1 worker.php DIRECTORY SYNC SIZE
//
// Answers go to STDOUT directly, since headers count as sent once something was printed.

require __DIR__ . '/workload.php';

const TITLE = 'PHP, files handler';
const FILL_AT_ONCE = 10000;
const NOTES = [
  'resave' => 'with the load: what is not loaded, and locked since, PHP does not save',
  'unchanged' => 'with the load, as resave; session.lazy_write then sets the file time only',
  'touch' => 'with the load: what session.lazy_write does for a session that was not changed',
  'delete' => 'with the load, which session_destroy asks for',
  'sweep' => 'session_gc alone, in a session that is open already',
];

class Unsupported extends Exception {}

set_error_handler(function (int $level, string $message): bool {
  throw new ErrorException($message, 0, $level);
});

// PHP's own defaults, but without the cookies and headers that no other store here pays for; it
// sweeps when it is told to, as Debian sets it.
function set_up(string $directory, string $sync): void {
  if ($sync !== 'none') throw new Unsupported(TITLE . ": no sync mode $sync");
  if (!is_dir($directory)) mkdir($directory, 0700);
  $settings = ['save_handler' => 'files', 'save_path' => $directory, 'gc_probability' => 0,
               'use_cookies' => 0, 'cache_limiter' => ''];
  foreach ($settings as $name => $value) ini_set("session.$name", $value);
}

function open(string $id): void {
  session_id($id);
  session_start();
}

function close(): void {
  if (!session_write_close()) throw new RuntimeException('not saved');
}

// All that is stored of a session; null if there is none.
function stored(string $id): ?array {
  clearstatcache();
  if (!is_file(session_save_path() . "/sess_$id")) return null;
  session_id($id);
  session_start(['read_and_close' => true]);
  return $_SESSION;
}

// A session that is not there is an empty one, whose missing `visits` raises.
$resave = function (string $id): void {
  open($id);
  $_SESSION['visits']++;
  close();
};
$unchanged = function (string $id): void {
  open($id);
  $_SESSION['visits'];
  close();
};
$workload = null;
$steps = [
  'create' => function (string $id) use (&$workload): void {
    open($id);
    if ($_SESSION) throw new RuntimeException('a session of this id exists');
    $_SESSION = $workload;
    close();
  },
  'load' => function (string $id): void {
    session_id($id);
    session_start(['read_and_close' => true]);
    $_SESSION['visits'];
  },
  'resave' => $resave,
  'unchanged' => $unchanged,
  'touch' => $unchanged,
  // The lock of a session is held from its opening to its closing.
  'increment' => $resave,
  'request' => function (string $id, string $page): void {
    open($id);
    $_SESSION['visits']++;
    $_SESSION['page'] = $page;
    close();
  },
  'delete' => function (string $id): void {
    open($id);
    $_SESSION['visits'];
    if (!session_destroy()) throw new RuntimeException('not deleted');
  },
];

// Raises if the first or the last session is not as the operation leaves it.
function check(string $operation, array $ids, array $expected): void {
  foreach ($ids ? [$ids[0], end($ids)] : [] as $id) {
    $found = stored($id);
    if ($operation === 'delete') {
      if ($found !== null) throw new RuntimeException('a deleted session is still there');
      continue;
    }
    if ($found === null) throw new RuntimeException('a session is gone');
    if ($operation !== 'create') {
      // Other processes may have changed them meanwhile.
      foreach (['visits', 'page'] as $name) $expected[$name] = $found[$name] ?? null;
    }
    if ($found !== $expected) throw new RuntimeException('a session is not what was stored');
  }
}

// Nanoseconds of all, or of each.
$measure = function (string $operation, array $ids, bool $each) use ($steps, &$workload) {
  $step = $steps[$operation] ?? throw new Unsupported(TITLE . ": no $operation");
  $pages = array_map(page(...), array_keys($ids));
  $taken = [];
  $begin = hrtime(true);
  if ($each) {
    foreach ($ids as $i => $id) {
      $start = hrtime(true);
      $step($id, $pages[$i]);
      $taken[] = hrtime(true) - $start;
    }
  } else {
    foreach ($ids as $i => $id) $step($id, $pages[$i]);
  }
  $all = hrtime(true) - $begin;
  check($operation, $ids, $workload);
  return $each ? $taken : $all;
};

$chosen = [0, 0];
$batch = function (string $operation, string $count, string $seed, bool $each) use (
  &$chosen, $measure
): array {
  $is_new = in_array($operation, ['create', 'delete'], true);
  if (!$is_new && $chosen[1] === 0) throw new RuntimeException('no range was chosen');
  $slots = $is_new ? new_slots((int)$count, (int)$seed)
                   : chosen_slots(...$chosen, count: (int)$count, seed: (int)$seed);
  return ['ns' => $measure($operation, array_map(id_of_slot(...), $slots), $each)];
};

$requests = [
  'info' => fn() => [
    'name' => 'php', 'version' => PHP_VERSION, 'title' => TITLE,
    'versions' => ['php' => PHP_VERSION], 'notes' => NOTES,
  ],
  'fill' => function (string $first, string $count) use ($measure): array {
    [$nanoseconds, $end] = [0, (int)$first + (int)$count];
    for ($start = (int)$first; $start < $end; $start += FILL_AT_ONCE) {
      $slots = range($start, min($start + FILL_AT_ONCE, $end) - 1);
      $nanoseconds += $measure('create', array_map(id_of_slot(...), $slots), false);
    }
    return ['ns' => $nanoseconds];
  },
  'range' => function (string $first, string $count) use (&$chosen) {
    $chosen = [(int)$first, (int)$count];
    return new stdClass;
  },
  'run' => fn($operation, $count, $seed) => $batch($operation, $count, $seed, false),
  'sample' => fn($operation, $count, $seed) => $batch($operation, $count, $seed, true),
  'sweep' => function (string $seconds): array {
    ini_set('session.gc_maxlifetime', (string)(int)$seconds);
    open('sweeper');
    $start = hrtime(true);
    $deleted = session_gc();
    $nanoseconds = hrtime(true) - $start;
    session_destroy();
    if ($deleted === false) throw new RuntimeException('not swept');
    return ['ns' => $nanoseconds, 'deleted' => $deleted];
  },
  'update' => function (string $attribute, string $count, string $microseconds) use (&$chosen) {
    $id = id_of_slot($chosen[0]);
    $start = hrtime(true);
    for ($i = 0; $i < (int)$count; $i++) {
      open($id);
      $_SESSION[$attribute] = ($_SESSION[$attribute] ?? 0) + 1;
      usleep((int)$microseconds);
      close();
    }
    return ['ns' => hrtime(true) - $start];
  },
  'count' => fn(string $slot, string $attribute) => [
    'count' => stored(id_of_slot((int)$slot))[$attribute] ?? 0,
  ],
  'read' => fn(string $slot) => ['session' => stored(id_of_slot((int)$slot))],
];

[, $directory, $sync, $size] = $argv;
$failure = null;
try {
  set_up($directory, $sync);
  $workload = workload((int)$size);
} catch (Throwable $error) {
  $failure = $error;
}
while (($line = fgets(STDIN)) !== false) {
  $words = explode(' ', trim($line));
  try {
    if ($failure !== null) throw $failure;
    $name = array_shift($words);
    $answer = ($requests[$name] ?? throw new RuntimeException("no request $name"))(...$words);
  } catch (Throwable $error) {
    $answer = ['error' => get_class($error) . ': ' . substr($error->getMessage(), 0, 300)];
    if (session_status() === PHP_SESSION_ACTIVE) session_abort();
  }
  fwrite(STDOUT, json_encode($answer) . "\n");
}
