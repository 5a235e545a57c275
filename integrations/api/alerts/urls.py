from django.urls import path

from integrations.api.alerts import views

urlpatterns = [
    path("alerts", views.Alerts.as_view()),
    path("alerts/closed", views.ClosedAlerts.as_view()),
    path("alerts/<uuid:alert>", views.OneAlert.as_view()),
    path("alerts/<uuid:alert>/acknowledge", views.Acknowledge.as_view()),
    path("alerts/<uuid:alert>/close", views.Close.as_view()),
]
