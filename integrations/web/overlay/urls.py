from django.urls import path

from integrations.web.overlay import views

urlpatterns = [
    path("flows/<uuid:flow_id>/overlay", views.overlay, name="overlay"),
    path("flows/<uuid:flow_id>/overlay/runs/<uuid:run_id>", views.run, name="overlay-run"),
    path("runs/<uuid:run_id>/way/", views.way, name="run-way"),
]
