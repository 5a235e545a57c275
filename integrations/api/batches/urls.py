from django.urls import path

from integrations.api.batches import views

urlpatterns = [
    path("batches", views.Batches.as_view()),
    path("batches/<uuid:batch>", views.OneBatch.as_view()),
]
