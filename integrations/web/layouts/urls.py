from django.urls import path

from integrations.web.layouts import views

SAMPLE = "flows/<uuid:flow_id>/samples/<uuid:sample_id>"

urlpatterns = [
    path(f"{SAMPLE}/layout", views.lines, name="layout-lines"),
    path(f"{SAMPLE}/layout/guess", views.guess, name="layout-guess"),
]
