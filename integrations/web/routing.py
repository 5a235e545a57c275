"""The websockets of the pages."""

from django.urls import URLPattern

websocket_urlpatterns: list[URLPattern] = []
