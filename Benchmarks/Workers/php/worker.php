<?php
// SPDX-License-Identifier: MIT
// Measures PHP's files handler, as Benchmarks/README.md says.
//
//   php8.2 -n -dzend_extension=opcache -dopcache.enable_cli=1 worker.php DIRECTORY SYNC SIZE
//
// Answers go to STDOUT directly, since headers count as sent once something was printed.

require __DIR__ . '/workload.php';

const TITLE = 'PHP, files handler';
const FILL_AT_ONCE = 10000;
const CREATED_OR_DELETED = ['create', 'delete'];
const COUNTING = ['resave', 'request', 'increment'];
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

function ends(array $batch): array {
  return $batch['ids'] ? array_unique([$batch['ids'][0], end($batch['ids'])]) : [];
}

// What a session is after a batch. Others may have changed a shared one meanwhile: what is found of
// what changes is good there.
function expected(array $batch, string $id, array $found, array $workload): array {
  ['operation' => $operation, 'ids' => $ids, 'is_shared' => $is_shared] = $batch;
  if ($operation === 'create') return $workload;
  $known = $is_shared ? $found : $batch['before'][$id];
  foreach (['visits', 'page'] as $name) $workload[$name] = $known[$name] ?? null;
  $turns = $is_shared ? [] : array_keys($ids, $id, true);
  if (in_array($operation, COUNTING, true)) $workload['visits'] += count($turns);
  if ($operation === 'request' && $turns) $workload['page'] = page(end($turns));
  return $workload;
}

// Raises if the first or the last session is not as the operation leaves it.
function check(array $batch, array $workload): void {
  foreach (ends($batch) as $id) {
    $found = stored($id);
    if ($batch['operation'] === 'delete') {
      if ($found !== null) throw new RuntimeException('a deleted session is still there');
      continue;
    }
    if ($found === null) throw new RuntimeException('a session is gone');
    if ($found !== expected($batch, $id, $found, $workload))
      throw new RuntimeException('a session is not what was stored');
  }
}

// Does all of a batch; when it began and ended.
$run = function (array $batch) use ($steps): array {
  [$step, $ids, $pages] = [$steps[$batch['operation']], $batch['ids'], $batch['pages']];
  $start = hrtime(true);
  foreach ($ids as $i => $id) $step($id, $pages[$i]);
  return ['start' => $start, 'end' => hrtime(true)];
};
// Nanoseconds of each.
$sample = function (array $batch) use ($steps): array {
  [$step, $pages, $taken] = [$steps[$batch['operation']], $batch['pages'], []];
  foreach ($batch['ids'] as $i => $id) {
    $start = hrtime(true);
    $step($id, $pages[$i]);
    $taken[] = hrtime(true) - $start;
  }
  return $taken;
};

// All that is made before the clock runs. A batch is shared where others may change the same
// sessions meanwhile.
$make_batch = function (string $operation, array $slots, bool $is_shared) use ($steps): array {
  if (!isset($steps[$operation])) throw new Unsupported(TITLE . ": no $operation");
  $ids = array_map(id_of_slot(...), $slots);
  $batch = ['operation' => $operation, 'ids' => $ids, 'is_shared' => $is_shared,
            'pages' => array_map(page(...), array_keys($ids)), 'before' => []];
  if ($is_shared || in_array($operation, CREATED_OR_DELETED, true)) return $batch;
  foreach (ends($batch) as $id) $batch['before'][$id] = stored($id);
  return $batch;
};
$chosen = [0, 0];
$planned = null;
$plan = function (string $operation, string $count, string $seed, bool $is_shared) use (
  &$chosen, $make_batch
): array {
  $is_new = in_array($operation, CREATED_OR_DELETED, true);
  if (!$is_new && $chosen[1] === 0) throw new RuntimeException('no range was chosen');
  $slots = $is_new ? new_slots((int)$count, (int)$seed)
                   : chosen_slots(...$chosen, count: (int)$count, seed: (int)$seed);
  return $make_batch($operation, $slots, $is_shared);
};

$requests = [
  'info' => fn() => [
    'name' => 'php', 'version' => PHP_VERSION, 'title' => TITLE,
    'versions' => ['php' => PHP_VERSION], 'notes' => NOTES,
  ],
  'fill' => function (string $first, string $count) use ($make_batch, $run, &$workload): array {
    [$nanoseconds, $end] = [0, (int)$first + (int)$count];
    for ($start = (int)$first; $start < $end; $start += FILL_AT_ONCE) {
      $batch = $make_batch('create', range($start, min($start + FILL_AT_ONCE, $end) - 1), false);
      $span = $run($batch);
      $nanoseconds += $span['end'] - $span['start'];
      check($batch, $workload);
    }
    return ['ns' => $nanoseconds];
  },
  'range' => function (string $first, string $count) use (&$chosen) {
    $chosen = [(int)$first, (int)$count];
    return new stdClass;
  },
  'plan' => function (string ...$words) use (&$planned, $plan) {
    // Also where the new plan fails: `go` must not do the one before.
    $planned = null;
    // Who goes by a plan most often isn't alone.
    $planned = $plan(...$words, is_shared: true);
    return new stdClass;
  },
  'go' => function () use (&$planned, $run, &$workload): array {
    [$batch, $planned] = [$planned, null];
    if ($batch === null) throw new RuntimeException('nothing is planned');
    $span = $run($batch);
    check($batch, $workload);
    return $span;
  },
  'run' => function (string ...$words) use ($plan, $run, &$workload): array {
    $batch = $plan(...$words, is_shared: false);
    $span = $run($batch);
    check($batch, $workload);
    return ['ns' => $span['end'] - $span['start']];
  },
  'sample' => function (string ...$words) use ($plan, $sample, &$workload): array {
    $batch = $plan(...$words, is_shared: false);
    $taken = $sample($batch);
    check($batch, $workload);
    return ['ns' => $taken];
  },
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
