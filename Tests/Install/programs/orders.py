# SPDX-License-Identifier: MIT
"""A program of a user's, which takes an order in a session. usage: orders.py DIRECTORY"""

from __future__ import annotations

import sys

from session3.DictSession import DictSession
from session3.errors import ConflictError, GoneError, Session3Error, UnstorableError
from session3.policy import CookiePolicy, ManagerPolicy
from session3.Session import Session
from session3.statistics import StoreStatistics
from session3.store.DirectorySessionStore import DirectorySessionStore


class Customer(Session):
    """Every attribute is stored."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id)
        self.cart: list[dict[str, str | int]] = []


def order(store: DirectorySessionStore, id: str, name: str, count: int) -> int:
    """Puts something into a session's cart, and answers how many orders it has seen."""
    customer: Customer = store.load_session(id)
    customer.cart.append({"name": name, "count": count})
    store.save_session(customer, "fail")
    return store.increment(id, "orders")


def meet(store: DirectorySessionStore, id: str) -> list[str]:
    """What a save says that comes too late, and one of what can't be stored."""
    said = []
    first, second = store.load_session(id), store.load_session(id)
    first.set_user("alice")
    store.save_session(first)
    for change, policy in (("bob", "fail"), (object(), "merge")):
        try:
            second.set_user(change)
            store.save_session(second, policy)
        except (ConflictError, UnstorableError) as error:
            said.append(type(error).__name__)
    store.delete_session(first)
    try:
        store.save_session(first)
    except GoneError as error:
        said.append(type(error).__name__)
    return said


def main(directory: str) -> None:
    policy = ManagerPolicy(idle_timeout=1800, cookie=CookiePolicy(http_only=True))
    with DirectorySessionStore(directory, create=True, session_class=Customer) as store:
        customer = Customer()
        store.create_session(customer)
        assert customer.id is not None
        orders = order(store, customer.id, "tea", 2)
        expired: bool = policy.is_expired(customer, store.now())
        print(orders, expired, *meet(store, customer.id))
        basket = DictSession()
        basket["tea"] = 2
        store.create_session(basket)
        counted: StoreStatistics = store.statistics()
        print(counted.saves > 0, counted.gone, store.delete_old_sessions(60))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Session3Error as error:
        sys.exit(f"orders: {error}")
