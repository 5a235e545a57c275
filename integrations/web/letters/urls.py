from django.urls import path

from integrations.web.letters import views

urlpatterns = [
    path("dead-letters/", views.causes, name="dead-letters"),
    path("dead-letters/messages/", views.messages, name="dead-letter-messages"),
    path("replays/", views.replays, name="replays"),
    path("replays/new/", views.new, name="replay-new"),
    path("replays/<uuid:replay_id>/", views.replay, name="replay"),
    path("replays/<uuid:replay_id>/stop/", views.stop, name="replay-stop"),
]
