from django.urls import path

from integrations.api.connectors import views

urlpatterns = [
    path("connectors", views.Connectors.as_view()),
    path("connectors/<str:connector>", views.OneConnector.as_view()),
]
