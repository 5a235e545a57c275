from django.urls import path

from integrations.api.documents import views

urlpatterns = [
    path("formats", views.Formats.as_view()),
    path("formats/<slug:format>", views.OneFormat.as_view()),
    path("documents/recognise", views.Recognise.as_view()),
    path("documents/read", views.Read.as_view()),
    path("documents/translate", views.Translate.as_view()),
]
