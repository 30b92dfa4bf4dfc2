<?php

// SPDX-License-Identifier: MIT
// The program of bindings/php/README.md.

require 'bindings/php/SessionHandler.php';

$handler = new Session3\SessionHandler('sessions', ['flags' => 1]); // 1: make the directory
session_set_save_handler($handler, true);
session_name('session3'); // the cookie's name, as the other hosts have it
session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax']);

$_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
if (($_POST['user'] ?? '') === 'ada') {
    $handler->setUser('ada'); // a login: the session gets a new id, the old one dies
}
$user = $handler->user() ?? 'nobody';
