from django.urls import path

from integrations.web.runs import views

urlpatterns = [
    path("runs/", views.runs, name="runs"),
    path("runs/<uuid:run_id>/", views.run, name="run"),
    path("runs/<uuid:run_id>/attempts/<int:ordinal>/", views.exchange, name="exchange"),
    path("runs/<uuid:run_id>/documents/<str:what>/", views.document, name="document"),
    path("runs/<uuid:run_id>/reveal/", views.reveal, name="run-reveal"),
    path("runs/<uuid:run_id>/cancel/", views.cancel, name="run-cancel"),
    path("runs/<uuid:run_id>/resolve/", views.resolve, name="run-resolve"),
    path("runs/<uuid:run_id>/hold/", views.hold, name="run-hold"),
    path("runs/<uuid:run_id>/keep/", views.keep, name="run-keep"),
    path("runs/<uuid:run_id>/discard/", views.discard, name="run-discard"),
]
