# SPDX-License-Identifier: MIT
from __future__ import annotations

from django.urls import path  # type: ignore[import-untyped]

from django_site import views

urlpatterns = [
    path("", views.show),
    path("token", views.token),
    path("login", views.log_in),
    path("logout", views.log_out),
    path("password", views.change_password),
    path("expiry", views.set_expiry),
    path("cart/add", views.add_to_cart),
    path("count", views.count),
    path("set", views.set_item),
    path("fail", views.fail),
    path("greet", views.greet),
    path("visit", views.visit),
    path("async/show", views.show_async),
    path("async/set", views.set_item_async),
    path("async/login", views.log_in_async),
]
