from django.urls import path

from integrations.api.replays import views

urlpatterns = [
    path("replays", views.Replays.as_view()),
    path("replays/<uuid:replay>", views.OneReplay.as_view()),
    path("replays/<uuid:replay>/stop", views.Stop.as_view()),
]
