<?php

// SPDX-License-Identifier: MIT
// The site of test_web.py: each page begins with a session, as a program's do.

declare(strict_types=1);

require_once __DIR__ . '/../../bindings/php/SessionHandler.php';

set_error_handler(function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});

$handler = new Session3\SessionHandler(getenv('DIRECTORY'));
session_set_save_handler($handler, true);
session_name('session3');
session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax']);

match (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    '/', '/logout' => null,
    '/count' => $_SESSION[$_GET['name']] = ($_SESSION[$_GET['name']] ?? 0) + 1,
    '/login' => $handler->setUser($_GET['name']),
    '/regenerate' => session_regenerate_id(true),
    '/object' => $_SESSION['object'] = new ArrayObject(),
};
$user = $handler->user();
if ($_SERVER['REQUEST_URI'] === '/logout') {
    session_destroy();
} else {
    session_write_close();
}
header('Content-Type: application/json');
echo json_encode(['user' => $user, 'session' => (object) $_SESSION]);
