from django.urls import path

from integrations.web.batches import views

urlpatterns = [
    path("batches/", views.batches, name="batches"),
    path("batches/new/", views.upload, name="batch-new"),
    path("batches/<uuid:batch_id>/", views.batch, name="batch"),
]
