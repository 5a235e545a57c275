from django.urls import path

from integrations.web.status import views

urlpatterns = [
    path("status", views.status, name="status"),
    path("status.json", views.status_json, name="status-json"),
    path("status.csv", views.status_csv, name="status-csv"),
    path("status/<slug:connector>", views.connector, name="status-connector"),
]
