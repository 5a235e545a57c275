from django.urls import path

from integrations.web.usage import views

urlpatterns = [
    path("usage/", views.usage, name="usage"),
    path("usage/<str:month>/lines/<int:number>/", views.line, name="usage-line"),
]
