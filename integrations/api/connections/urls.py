from django.urls import path

from integrations.api.connections import views

urlpatterns = [
    path("connections", views.Connections.as_view()),
    path("connections/<uuid:connection>", views.OneConnection.as_view()),
    path("connections/<uuid:connection>/secrets", views.Secrets.as_view()),
    path("connections/<uuid:connection>/choices", views.FieldChoices.as_view()),
    path("connections/<uuid:connection>/test", views.Check.as_view()),
]
