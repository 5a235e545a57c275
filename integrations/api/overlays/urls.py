from django.urls import path

from integrations.api.overlays import views

urlpatterns = [
    path("flows/<str:flow>/overlay", views.Overlay.as_view()),
    path("runs/<uuid:run>/way", views.RunWay.as_view()),
]
