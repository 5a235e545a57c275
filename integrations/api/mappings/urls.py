from django.urls import path

from integrations.api.mappings import views

urlpatterns = [
    path("mappings/check", views.CheckMapping.as_view()),
    path("mappings/try", views.TryMapping.as_view()),
    path("mappings/suggest", views.SuggestMapping.as_view()),
    path("mappings/fit", views.FitMapping.as_view()),
    path("mappings/lineage", views.MappingLineage.as_view()),
    path("mappings/diff", views.MappingDiff.as_view()),
    path("mappings/test", views.TestMapping.as_view()),
]
