from django.urls import path

from integrations.api.status import views

urlpatterns = [path("status", views.Status.as_view())]
