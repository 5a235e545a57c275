from django.urls import path

from integrations.api.dead_letters import views

urlpatterns = [
    path("dead-letters", views.DeadLetters.as_view()),
    path("dead-letters/causes", views.Causes.as_view()),
    path("dead-letters/<uuid:run>/hold", views.Hold.as_view()),
    path("dead-letters/<uuid:run>/unhold", views.Unhold.as_view()),
    path("dead-letters/<uuid:run>/keep", views.Keep.as_view()),
    path("dead-letters/<uuid:run>/discard", views.Discard.as_view()),
]
