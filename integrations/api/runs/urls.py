from django.urls import path

from integrations.api.runs import views

urlpatterns = [
    path("runs", views.Runs.as_view()),
    path("runs/<uuid:run>", views.OneRun.as_view()),
    path("runs/<uuid:run>/documents/<str:what>", views.Document.as_view()),
    path("runs/<uuid:run>/attempts/<int:ordinal>", views.Exchange.as_view()),
    path("runs/<uuid:run>/cancel", views.Cancel.as_view()),
    path("runs/<uuid:run>/resolve", views.Resolve.as_view()),
]
