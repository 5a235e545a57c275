from django.urls import path

from integrations.web.choices import connections, views

urlpatterns = [
    path("build/lists", views.lists, name="choice-lists"),
    path("build/format", views.format_options, name="choice-format"),
    path("build/operation", views.operation, name="choice-operation"),
    path("build/firings", views.firings, name="choice-firings"),
    path("build/choices", views.choices, name="choices"),
    path("build/connection-form", connections.form, name="choice-connection-form"),
    path("build/connections", connections.create, name="choice-connection-new"),
    path("build/connection", connections.state, name="choice-connection"),
]
