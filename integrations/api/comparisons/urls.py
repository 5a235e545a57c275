from django.urls import path

from integrations.api.comparisons import views

urlpatterns = [
    path("flows/<str:flow>/compare", views.Comparison.as_view()),
]
