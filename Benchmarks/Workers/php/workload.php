<?php
// SPDX-License-Identifier: MIT
// The session that is stored, and which slots a batch works on: as Workers/python/workload.py.
// Numbers of 64 bits wrap, which PHP's own + and * don't.

const LOW = 0xffffffff;

function workload(int $size): array {
  $session = [
    'user' => 'ada.lovelace',
    'remote_address' => '192.0.2.17',
    'theme' => 'dark',
    'language' => 'en-GB',
    'page' => '/shop/basket?step=2',
    'referrer' => 'https://example.com/',
    'visits' => 17,
    'cart_total' => 12999,
    'last_order' => 1760000000,
    'ratio' => 0.75,
    'recent' => [101, 202, 303, 404, 505],
    'address' => ['street' => "12 St James's Square", 'city' => 'London', 'country' => 'GB'],
  ];
  return $size > 0 ? $session + ['padding' => str_repeat('x', $size)] : $session;
}

// What the i-th operation of a batch sets `page` to.
function page(int $number): string { return '/shop/item/' . (1000 + $number % 9000); }

function plus(int $a, int $b): int {
  $low = ($a & LOW) + ($b & LOW);
  $high = (($a >> 32) & LOW) + (($b >> 32) & LOW) + ($low >> 32);
  return ($high << 32) | ($low & LOW);
}

// By parts of 16 bits; a shift drops what is beyond 64.
function times(int $a, int $b): int {
  $sum = 0;
  for ($i = 0; $i < 64; $i += 16) {
    for ($j = 0; $i + $j < 64; $j += 16) {
      $product = (($a >> $i) & 0xffff) * (($b >> $j) & 0xffff);
      $sum = plus($sum, $product << ($i + $j));
    }
  }
  return $sum;
}

function shifted(int $number, int $bits): int {
  return ($number >> $bits) & (PHP_INT_MAX >> ($bits - 1));
}

// splitmix64's output function of a state that has taken $number + 1 steps.
function mix(int $number): int {
  $z = times($number + 1, -0x61c8864680b583eb);
  $z = times($z ^ shifted($z, 30), -0x40a7b892e31b1a47);
  $z = times($z ^ shifted($z, 27), -0x6b2fb644ecceee15);
  return $z ^ shifted($z, 31);
}

// The remainder of a number without a sign; $divisor below 2^31.
function remainder(int $number, int $divisor): int {
  $high = (($number >> 32) & LOW) % $divisor;
  return ($high * ((1 << 32) % $divisor) + ($number & LOW)) % $divisor;
}

function id_of_slot(int $slot): string {
  return sprintf('%016x%06x', mix($slot), $slot & 0xffffff);
}

// The slots of a range that a batch works on, in its order.
function chosen_slots(int $first, int $length, int $count, int $seed): array {
  $slots = [];
  for ($i = 0; $i < $count; $i++) $slots[] = $first + remainder(mix(($seed << 20) + $i), $length);
  return $slots;
}

// The slots that a batch creates or deletes.
function new_slots(int $count, int $seed): array {
  $first = (1 << 32) + ($seed << 20);
  return $count > 0 ? range($first, $first + $count - 1) : [];
}
