# SPDX-License-Identifier: MIT
"""Pages that answer what a test wants to know, as JSON or plain text."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

from django.contrib import auth, messages  # type: ignore[import-untyped]
from django.dispatch import Signal  # type: ignore[import-untyped]
from django.http import (  # type: ignore[import-untyped]
    HttpResponse,
    HttpResponseForbidden,
    JsonResponse,
)
from django.middleware.csrf import get_token  # type: ignore[import-untyped]
from django.views.decorators.csrf import csrf_exempt  # type: ignore[import-untyped]

visited = Signal()
"""Sent in the midst of a visit, with its request."""


def show(request: Any) -> HttpResponse:
    """Who is logged in, and what the session holds; messages are shown once."""
    page = {
        "user": request.user.get_username(),
        "session": dict(request.session.items()),
        "messages": [str(message) for message in messages.get_messages(request)],
        "process": os.getpid(),
    }
    return JsonResponse(page)


def token(request: Any) -> HttpResponse:
    """The token that forms carry; it is in the session."""
    return HttpResponse(get_token(request))


def log_in(request: Any) -> HttpResponse:
    user = auth.authenticate(request, username=request.POST["name"], password=_password(request))
    if user is None:
        return HttpResponseForbidden()
    auth.login(request, user)
    return HttpResponse(user.get_username())


def log_out(request: Any) -> HttpResponse:
    auth.logout(request)
    return HttpResponse()


def change_password(request: Any) -> HttpResponse:
    """Other sessions of the user are worth nothing afterwards."""
    request.user.set_password(_password(request))
    request.user.save()
    auth.update_session_auth_hash(request, request.user)
    return HttpResponse()


def set_expiry(request: Any) -> HttpResponse:
    seconds = request.POST["seconds"]
    request.session.set_expiry(int(seconds) if seconds else None)
    return HttpResponse()


def add_to_cart(request: Any) -> HttpResponse:
    cart = request.session.setdefault("cart", [])
    cart.append(request.POST["item"])
    request.session.modified = True  # Django does not look into values
    return JsonResponse(cart, safe=False)


def count(request: Any) -> HttpResponse:
    """One more visit."""
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]))


@csrf_exempt  # type: ignore[untyped-decorator]
def set_item(request: Any) -> HttpResponse:
    request.session[request.POST["key"]] = request.POST["value"]
    return HttpResponse()


def fail(request: Any) -> HttpResponse:
    """Stores what can't be stored."""
    request.session["cart"] = [{"price": Decimal("3.50")}]
    return HttpResponse()


def greet(request: Any) -> HttpResponse:
    messages.success(request, "welcome")
    return HttpResponse()


def visit(request: Any) -> HttpResponse:
    visited.send(sender=None, request=request)
    return HttpResponse()


async def show_async(request: Any) -> HttpResponse:
    user = await request.auser()
    items = await request.session.aitems()
    return JsonResponse({"user": user.get_username(), "session": dict(items)})


async def set_item_async(request: Any) -> HttpResponse:
    await request.session.aset(request.POST["key"], request.POST["value"])
    return HttpResponse()


async def log_in_async(request: Any) -> HttpResponse:
    user = await auth.aauthenticate(
        request, username=request.POST["name"], password=_password(request)
    )
    await auth.alogin(request, user)
    return HttpResponse(user.get_username())


def _password(request: Any) -> str:
    return str(request.POST["password"])
