from django.urls import path, re_path

from integrations.api.account import views

urlpatterns = [
    path("me", views.Me.as_view()),
    path("openapi.json", views.OpenApi.as_view()),
    re_path(r"^.*$", views.Nowhere.as_view()),
]
