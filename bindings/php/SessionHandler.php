<?php

// SPDX-License-Identifier: MIT

declare(strict_types=1);

namespace Session3;

use FFI;
use FFI\CData;

/** PHP's sessions in a directory that C, Python and Swift share: $_SESSION["k"] is the attribute k. */
final class SessionHandler implements \SessionHandlerInterface, \SessionIdInterface,
    \SessionUpdateTimestampHandlerInterface
{
    private readonly FFI $ffi;
    private readonly CData $error, $options;
    private ?CData $store = null, $manager = null, $request = null, $session = null;
    private string $id = '';
    /** The attributes as PHP knows them, serialized: what it writes otherwise, the program changed. */
    private ?array $known = null;
    /** Who was logged in when the session was read, by its id; empty if none was. */
    private array $user = [];

    /** @param array<string, int> $options fields of session3_directory_options */
    public function __construct(private string $directory, array $options = [])
    {
        $this->ffi = self::load();
        $this->error = $this->ffi->new('session3_error');
        $this->error->size = FFI::sizeof($this->error);
        $this->options = $this->ffi->new('session3_directory_options');
        $this->options->size = FFI::sizeof($this->options);
        foreach ($options as $field => $value) { // FFI makes a number of anything, and cuts it to the field's size.
            $this->options->$field = is_int($value) ? $value : throw new \TypeError("option $field: must be an int");
            $this->options->$field === $value || throw new \ValueError("option $field: $value does not fit");
        }
        // The one format that takes any key; no id of a client's own; no sweep of all hosts' sessions by chance.
        $settings = ['session.serialize_handler', 'session.use_strict_mode', 'session.gc_probability'];
        array_map(ini_set(...), $settings, ['php_serialize', '1', '0']);
    }

    public function __destruct()
    {
        $this->close();
    }

    /** Who is logged in, also if the session is closed; null for nobody. One process may serve many visitors. */
    public function user(): mixed
    {
        return array_key_exists(session_id(), $this->user) ? $this->user[session_id()]
            : throw new \LogicException('no session was started');
    }

    /** A login, or with null a logout: the session gets a new id, and the time of a login is noted. */
    public function setUser(mixed $user): void
    {
        (session_status() === PHP_SESSION_ACTIVE && !headers_sent())
            || throw new \LogicException('the session can get no new id now, and so no other user');
        $this->set(self::encode($user, 'user'), 'session_set_user', $this->session);
        session_regenerate_id(true) || throw new \RuntimeException('the session was deleted meanwhile');
    }

    public function open(string $path, string $name): bool
    {
        // PHP destroys a session that it can't decode.
        (ini_get('session.serialize_handler') === 'php_serialize' && ini_get('session.use_strict_mode') === '1')
            || throw new \LogicException('session.serialize_handler must be php_serialize, use_strict_mode 1');
        $this->close();
        [$this->user, $this->id] = [[], self::isRegenerating() ? $this->id : ''];
        $place = [$this->directory, strlen($this->directory), FFI::addr($this->options)];
        $this->store = $this->get('session3_store *', 'store_open_directory', ...$place);
        $this->manager = $this->get('session3_manager *', 'manager_new', $this->store, null);
        return true;
    }

    public function close(): bool
    {
        $this->ffi->session3_request_free($this->request);
        $this->ffi->session3_manager_free($this->manager);
        $this->ffi->session3_store_free($this->store);
        $this->request = $this->session = $this->manager = $this->store = null;
        return true;
    }

    public function create_sid(): string
    {
        $id = $this->ffi->new('char[23]');
        $this->call('id_generate', $id);
        return $this->id !== '' && self::isRegenerating() ? $this->id : FFI::string($id);
    }

    public function validateId(string $id): bool
    {
        try {
            // Where there is a session, PHP made the id, and asks whether it is taken.
            return $this->id === '' ? $this->begin($id)
                : $id !== $this->id && $this->call('store_has', $this->store, $id, strlen($id)) === 0;
        } catch (\RuntimeException) {
            return true; // PHP would hide it here; read() meets it again.
        }
    }

    public function read(string $id): string
    {
        ($this->session && $id === $this->id) || $this->begin($id);
        $this->user = [$id => $this->decode($this->get('session3_value', 'session_user', $this->session))];
        $data = serialize($this->decode($this->get('session3_value', 'session_attributes', $this->session)));
        $this->known ??= array_map(serialize(...), unserialize($data));
        return $data;
    }

    /** Stores what the program changed; false if that is lost, since the session was deleted meanwhile. */
    public function write(string $id, string $data): bool
    {
        $attributes = unserialize($data, ['allowed_classes' => [\DateTimeImmutable::class]]);
        is_array($attributes) || throw new \TypeError('$_SESSION is not what php_serialize makes of an array');
        ($this->known !== null && $id === $this->id) || $this->read($id);
        $serialized = array_map(serialize(...), $attributes);
        foreach (array_diff_assoc($serialized, $this->known) as $key => $_) {
            $bytes = self::encode($attributes[$key], '$_SESSION[' . json_encode($key) . ']');
            $this->set($bytes, 'session_set', $this->session, "$key", strlen("$key"));
        }
        foreach (array_diff_key($this->known, $attributes) as $key => $_) {
            $this->call('session_remove', $this->session, "$key", strlen("$key"));
        }
        $isChanged = $this->ffi->session3_session_is_changed($this->session);
        $isGone = $this->call('store_save', $this->store, $this->session, 0) === $this->ffi->SESSION3_E_GONE;
        $this->known = $serialized;
        return self::isRegenerating() ? $this->renew() : !($isGone && $isChanged);
    }

    public function updateTimestamp(string $id, string $data): bool
    {
        return $this->write($id, $data);
    }

    public function destroy(string $id): bool
    {
        $isDone = self::isRegenerating() ? $this->renew()
            : $this->call('store_delete', $this->store, $id, strlen($id)) >= 0;
        $this->user = $id === $this->id ? ['' => null] : $this->user;
        return $isDone;
    }

    public function gc(int $max_lifetime): int|false
    {
        $age = min($max_lifetime, intdiv(PHP_INT_MAX, 1_000_000)) * 1_000_000;
        [$deleted, $error] = [$this->ffi->new('uint64_t'), FFI::addr($this->error)];
        $status = $this->ffi->session3_store_sweep($this->store, $age, FFI::addr($deleted), null, $error);
        $status < 0 && error_log(FFI::string($this->error->message));
        return $status < 0 ? false : $deleted->cdata;
    }

    /** Whether PHP calls for session_regenerate_id, which only the stack tells. */
    private static function isRegenerating(): bool
    {
        $caller = debug_backtrace(DEBUG_BACKTRACE_IGNORE_ARGS, 3)[2] ?? [];
        return ($caller['class'] ?? '') . ($caller['function'] ?? '') === 'session_regenerate_id';
    }

    /** Begins a request; whether the id stands for a session. One that can't be read is none. */
    private function begin(string $id): bool
    {
        $this->ffi->session3_request_free($this->request);
        [$this->request, $this->session, $this->user] = [null, null, []];
        $isId = $this->ffi->session3_id_is_valid($id, strlen($id));
        $cookie = $isId ? "session3=$id" : '';
        $from = [$this->manager, $cookie, strlen($cookie), null, 0];
        $this->request = $this->get('session3_request *', 'manager_start_request', ...$from);
        $this->session = $this->get('session3_session *', 'request_session', $this->request);
        $status = $this->ffi->session3_request_cookie_status($this->request);
        $isId && $status !== 0 && $this->call('session_set_id', $this->session, $id, strlen($id));
        // After session_regenerate_id PHP goes on with the attributes that it has.
        [$this->known, $this->id] = [$id === $this->id ? $this->known : null, $id];
        $status < 0 && error_log("$this->directory: a session: {$this->ffi->session3_status_text($status)}");
        return $status === 0;
    }

    /** Gives the session a new id; false if it was deleted meanwhile. */
    private function renew(): bool
    {
        $this->call('request_renew_id', $this->request);
        $this->call('request_maintain_session', $this->request);
        $id = $this->ffi->new('char *');
        $hasId = $this->call('session_id', $this->session, FFI::addr($id), null) === 0;
        $this->id = $hasId && !$this->ffi->session3_session_is_new($this->session) ? FFI::string($id) : '';
        return $this->ffi->session3_request_outcome($this->request) !== $this->ffi->SESSION3_OUTCOME_GONE;
    }

    /** MessagePack of a value, in the widest forms: the library makes them canonical. */
    private static function encode(mixed $value, string $path, int $depth = 0): string
    {
        $isList = is_array($value) && array_is_list($value);
        $items = '';
        foreach (is_array($value) ? $value : [] as $key => $item) {
            $step = $path . '[' . json_encode($key) . ']';
            $depth < 32 || throw new \TypeError("$step: nested too deep, or in a cycle");
            $isList || is_string($key) && preg_match('//u', $key) || throw new \TypeError("$step: a key must be text");
            $items .= ($isList ? '' : self::encode($key, $step)) . self::encode($item, $step, $depth + 1);
        }
        return match (true) {
            $value === null => "\xc0",
            is_bool($value) => $value ? "\xc3" : "\xc2",
            is_int($value) => pack('CJ', 0xd3, $value),
            is_float($value) => pack('CE', 0xcb, $value),
            is_string($value) => pack('CN', preg_match('//u', $value) ? 0xdb : 0xc6, strlen($value)) . $value,
            is_array($value) => pack('CN', $isList ? 0xdd : 0xdf, count($value)) . $items,
            get_debug_type($value) === 'DateTimeImmutable' =>
                pack('C3NJ', 0xc7, 12, 0xff, 1000 * (int) $value->format('u'), (int) $value->format('U')),
            default => throw new \TypeError("$path: an object can't be stored, but for DateTimeImmutable"),
        };
    }

    private function decode(CData $value): mixed
    {
        $get = fn(string $type, string $name): CData => $this->get($type, "value_$name", FFI::addr($value));
        return match ($value->type) {
            $this->ffi->SESSION3_TYPE_NIL => null,
            $this->ffi->SESSION3_TYPE_BOOL => $get('bool', 'get_bool')->cdata,
            $this->ffi->SESSION3_TYPE_INT => $get('int64_t', 'get_int')->cdata,
            $this->ffi->SESSION3_TYPE_UINT => sprintf('%u', $get('uint64_t', 'get_uint')->cdata),
            $this->ffi->SESSION3_TYPE_DOUBLE => $get('double', 'get_double')->cdata,
            $this->ffi->SESSION3_TYPE_TIMESTAMP => (new \DateTimeImmutable(
                '@' . intdiv($time = $get('int64_t', 'get_timestamp')->cdata, 1_000_000)
            ))->modify($time % 1_000_000 . ' usec'),
            $this->ffi->SESSION3_TYPE_ARRAY, $this->ffi->SESSION3_TYPE_MAP =>
                $this->items($get('session3_value_iterator', 'iterate')),
            default => substr(FFI::string($value->encoded, $value->encoded_length), -$value->count, $value->count),
        };
    }

    private function items(CData $iterator): array
    {
        [$key, $value, $items] = [$this->ffi->new('session3_value'), $this->ffi->new('session3_value'), []];
        while ($this->call('value_next', FFI::addr($iterator), FFI::addr($key), FFI::addr($value)) === 0) {
            $items[$this->decode($key) ?? count($items)] = $this->decode($value);
        }
        return $items;
    }

    private function set(string $bytes, string $name, mixed ...$arguments): int
    {
        $value = $this->get('session3_value', 'value_parse', $bytes, strlen($bytes));
        return $this->call($name, ...$arguments, ...[FFI::addr($value)]);
    }

    /** What a function tells by its last parameter but the error; all zero, a nil, if there is nothing to tell. */
    private function get(string $type, string $name, mixed ...$arguments): CData
    {
        $out = $this->ffi->new($type);
        $this->call($name, ...$arguments, ...[FFI::addr($out)]);
        return $out;
    }

    private function call(string $name, mixed ...$arguments): int
    {
        $status = $this->ffi->{"session3_$name"}(...$arguments, ...[FFI::addr($this->error)]);
        return $status >= 0 || $status === $this->ffi->SESSION3_E_GONE ? $status
            : throw new \RuntimeException(FFI::string($this->error->message), $status);
    }

    private static function load(): FFI
    {
        $name = getenv('SESSION3_LIBRARY') ?: 'libsession3.so.0';
        $ffi = str_contains((string) ini_get('ffi.preload'), 'session3.cdef') ? FFI::scope('session3')
            : FFI::cdef(strstr(file_get_contents(__DIR__ . '/session3.cdef'), '/*'), $name);
        $info = $ffi->new('session3_version_info');
        $info->size = FFI::sizeof($info);
        $ffi->session3_version(FFI::addr($info), null);
        [$info->major, $info->minor] === [0, 1] || throw new \RuntimeException("$name is not of version 0.1");
        foreach (FFI::typeof($info)->getStructFieldNames() as $field) {
            $size = str_ends_with($field, '_size') ? $ffi->type('session3_' . substr($field, 0, -5))->getSize() : null;
            $size === null || $size === $info->$field || throw new \RuntimeException("$field of $name is not $size");
        }
        return $ffi;
    }
}
