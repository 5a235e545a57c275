from django.urls import path

from integrations.api.schemas import views

urlpatterns = [
    path("schemas/importers", views.Importers.as_view()),
    path("schemas/import", views.ImportSchema.as_view()),
    path("canonical", views.CanonicalModels.as_view()),
    path("canonical/<slug:model>", views.CanonicalModel.as_view()),
]
