from django.urls import path

from integrations.api.usage import views

urlpatterns = [path("usage", views.Usage.as_view())]
