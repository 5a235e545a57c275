from django.urls import path

from integrations.api.trials import views

FLOW = "flows/<str:flow>"

urlpatterns = [
    path(f"{FLOW}/try", views.Try.as_view()),
    path(f"{FLOW}/samples", views.Samples.as_view()),
    path(f"{FLOW}/samples/<uuid:sample>", views.OneSample.as_view()),
    path(f"{FLOW}/samples/<uuid:sample>/document", views.SampleDocument.as_view()),
    path(f"{FLOW}/pins", views.Pins.as_view()),
    path(f"{FLOW}/pins/<str:step>", views.OnePin.as_view()),
    path(f"{FLOW}/cases", views.Cases.as_view()),
    path(f"{FLOW}/cases/run", views.RunCases.as_view()),
    path(f"{FLOW}/cases/<uuid:case>", views.OneCase.as_view()),
    path(f"{FLOW}/cases/<uuid:case>/run", views.RunCase.as_view()),
    path(f"{FLOW}/cases/<uuid:case>/accept", views.AcceptCase.as_view()),
    path(f"{FLOW}/shadow", views.Shadows.as_view()),
    path(f"{FLOW}/shadow/<uuid:shadow>", views.OneShadow.as_view()),
]
