from django.urls import path

from integrations.web.overlay import views

urlpatterns = [
    path("flows/<uuid:flow_id>/overlay", views.overlay, name="overlay"),
]
