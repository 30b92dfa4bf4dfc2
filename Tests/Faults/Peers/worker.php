<?php
// SPDX-License-Identifier: MIT
// Drives PHP's files handler, as worker.py drives the stores of Python: php worker.php
// The directory is session.save_path. Answers go to STDOUT directly, since headers count as sent
// once something was printed.

const KEYS = ['n', 'payload', 'k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7'];

// Saves of a child before its life is in danger, as in worker.py.
const WARM = 3;

set_error_handler(function (int $level, string $message): bool {
  throw new ErrorException($message, 0, $level);
});

function id_of(string $word): string { return $word === '-' ? '' : hex2bin($word); }

function path(string $id): string { return session_save_path() . "/sess_$id"; }

function values(): ?array {
  return $_SESSION ? array_intersect_key($_SESSION, array_flip(KEYS)) : null;
}

// Whether the session was there; the file stays locked until the session is closed.
function load(string $id): bool {
  session_id($id);
  session_start();
  if (session_id() === $id && $_SESSION) return true;
  session_abort();
  return false;
}

function create(): string {
  session_id(session_create_id());
  session_start();
  $_SESSION['n'] = 0;
  session_write_close();
  return session_id();
}

function add(string $id, string $key, float $pause): bool {
  if (!load($id)) throw new OutOfBoundsException('no such session');
  $number = $_SESSION[$key] ?? 0;
  usleep((int)($pause * 1e6));
  $_SESSION[$key] = $number + 1;
  return session_write_close();
}

function destroy(string $id): void {
  session_id($id);
  session_start();
  session_destroy();
}

function age(string $id, float $seconds): void {
  clearstatcache();
  touch(path($id), (int)(filemtime(path($id)) - $seconds));
}

// The first request of this process, with a cookie, that changes the session; the id that the
// browser has then.
function visit(string $cookie): string {
  $_COOKIE = $cookie === '' ? [] : [session_name() => $cookie];
  session_start();
  $_SESSION['n'] = ($_SESSION['n'] ?? -1) + 1;
  session_write_close();
  return session_id();
}

function write_for_ever(string $id, string $text, $writer): never {
  for ($number = 1;; $number++) {
    load($id);
    $turn = $number % strlen($text);
    $_SESSION['payload'] = "$number:" . substr($text, $turn) . substr($text, 0, $turn);
    // The first line says that there is something to kill.
    if (session_write_close() && $number >= WARM) fwrite($writer, "$number\n");
  }
}

function refresh_once(string $id, float $seconds): string {
  if (!load($id)) return 'not loaded';
  $_SESSION['n'] = 1;
  age($id, $seconds);
  // Sometimes not at all, so that the sweep is in the midst of it.
  if (mt_rand(0, 1)) usleep(mt_rand(0, 300));
  if (!session_write_close()) return 'refused';
  if (!load($id)) return 'gone';
  $kept = $_SESSION['n'] === 1;
  session_abort();
  return $kept ? 'kept' : 'old';
}

// Like a request that begins in the sweeper's own session.
function sweep(float $seconds): void {
  ini_set('session.gc_maxlifetime', (string)(int)$seconds);
  session_id('sweeper');
  session_start();
  session_gc();
  session_write_close();
}

mt_srand(0);

function told(string $name, array &$counts): void { $counts[$name] = ($counts[$name] ?? 0) + 1; }

$operations = [
  'create' => fn() => ['id' => create()],
  'path' => fn($id) => ['path' => path(id_of($id))],
  'load' => fn($id) => ['values' => load(id_of($id)) ? values() : null],
  'save' => function ($key, $value) {
    $_SESSION[$key] = $value;
    return ['saved' => session_write_close()];
  },
  'peek' => function ($id) {
    $values = load(id_of($id)) ? values() : null;
    session_abort();
    return ['values' => $values];
  },
  'delete' => function ($id) { destroy(id_of($id)); return new stdClass; },
  'sweep' => function ($seconds) { sweep((float)$seconds); return new stdClass; },
  'visit' => fn($cookie) => ['id' => visit(id_of($cookie))],
  'count' => function ($id, $key, $times, $pause, $way) {
    [$acknowledged, $raised, $longest, $begin] = [0, [], 0.0, microtime(true)];
    for ($done = 0; $done < (int)$times; $done++) {
      $start = microtime(true);
      try {
        $acknowledged += add(id_of($id), $key, (float)$pause);
      } catch (Throwable $error) {
        told(get_class($error), $raised);
      }
      $longest = max($longest, microtime(true) - $start);
    }
    return ['acknowledged' => $acknowledged, 'raised' => (object)$raised,
            'seconds' => microtime(true) - $begin, 'longest' => $longest];
  },
  'kill' => function ($id, $base, $delay) {
    $text = file_get_contents($base);
    [$reader, $writer] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    $child = pcntl_fork();
    if ($child === 0) write_for_ever(id_of($id), $text, $writer);
    fclose($writer);
    $begun = fread($reader, 1);
    usleep((int)((float)$delay * 1e6));
    posix_kill($child, SIGKILL);
    pcntl_waitpid($child, $status);
    $lines = explode("\n", $begun . stream_get_contents($reader));
    return ['acknowledged' => (int)$lines[count($lines) - 2]];
  },
  'refresh' => function ($rounds, $seconds) {
    $found = [];
    for ($round = 0; $round < (int)$rounds; $round++) {
      $id = create();
      try {
        told(refresh_once($id, (float)$seconds), $found);
      } catch (Throwable $error) {
        told('raised ' . get_class($error), $found);
        session_abort();
      }
      try {
        destroy($id);
      } catch (ErrorException) {
        session_abort();
      }
    }
    return ['found' => (object)$found];
  },
  'sweeps' => function ($seconds, $duration) {
    [$end, $done, $raised] = [microtime(true) + (float)$duration, 0, []];
    while (microtime(true) < $end) {
      try {
        sweep((float)$seconds);
        $done++;
      } catch (Throwable $error) {
        told(get_class($error), $raised);
      }
    }
    return ['done' => $done, 'raised' => (object)$raised];
  },
];

// A class as programs have them: what stored bytes make of it runs its method.
class Touching {
  public string $path = '';
  public function __wakeup(): void { touch($this->path); }
}

while (($line = fgets(STDIN)) !== false) {
  $words = explode(' ', trim($line));
  try {
    $answer = $operations[array_shift($words)](...$words);
  } catch (Throwable $error) {
    $answer = ['raised' => get_class($error), 'message' => substr($error->getMessage(), 0, 200)];
    if (session_status() === PHP_SESSION_ACTIVE) session_abort();
  }
  fwrite(STDOUT, json_encode($answer, JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
}
