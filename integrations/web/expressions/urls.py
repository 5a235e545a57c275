from django.urls import path

from integrations.web.expressions import views

urlpatterns = [
    path("build/functions", views.functions, name="functions"),
    path("build/evaluate", views.evaluate, name="evaluate"),
]
