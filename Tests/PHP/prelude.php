<?php

// SPDX-License-Identifier: MIT
// What each test's PHP program begins with: a handler on the directory DIRECTORY, with the options
// OPTIONS in JSON, and every notice, warning and deprecation of PHP's an exception.

declare(strict_types=1);

require __DIR__ . '/../../bindings/php/SessionHandler.php';

error_reporting(E_ALL);
set_error_handler(function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});
ini_set('session.use_cookies', '0');
ini_set('session.cache_limiter', '');

$handler = new Session3\SessionHandler(getenv('DIRECTORY'), json_decode(getenv('OPTIONS'), true));
session_set_save_handler($handler, true);

/** Starts a request with an id; whether that is the session's. */
function visit(string $id = ''): bool
{
    session_id($id);
    session_start();
    return session_id() === $id;
}

/** Answers the test. Not by echo: headers would be sent. */
function tell(mixed $answer): void
{
    fwrite(STDOUT, json_encode($answer, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION) . "\n");
}

/** What something throws: the class and the message. */
function failure(callable $action): ?array
{
    try {
        $action();
    } catch (Throwable $failure) {
        return [get_class($failure), $failure->getMessage(), $failure->getCode()];
    }
    return null;
}
