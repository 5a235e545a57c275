from django.urls import path

from integrations.api.copies import views

urlpatterns = [
    path("flows/<str:flow>/references", views.References.as_view()),
    path("flows/<str:flow>/copy", views.Copy.as_view()),
    path("flows/<str:flow>/duplicate", views.Duplicate.as_view()),
    path("flows/<str:flow>/archive", views.Archive.as_view()),
    path("flows/<str:flow>/restore", views.Restore.as_view()),
]
