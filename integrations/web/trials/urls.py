from django.urls import path

from integrations.web.trials import views

FLOW = "flows/<uuid:flow_id>"

urlpatterns = [
    path(f"{FLOW}/try", views.try_flow, name="try"),
    path(f"{FLOW}/samples/", views.samples, name="samples"),
    path(f"{FLOW}/samples/history", views.history, name="samples-history"),
    path(f"{FLOW}/samples/capture", views.capture, name="samples-capture"),
    path(f"{FLOW}/samples/<uuid:sample_id>", views.sample, name="sample"),
    path(f"{FLOW}/samples/<uuid:sample_id>/download", views.download, name="sample-download"),
    path(f"{FLOW}/pins/", views.pins, name="pins"),
    path(f"{FLOW}/pins/<str:step>", views.pin, name="pin"),
    path(f"{FLOW}/cases/", views.cases, name="cases"),
    path(f"{FLOW}/cases/run", views.run_cases, name="cases-run"),
    path(f"{FLOW}/cases/<uuid:case_id>", views.case, name="case"),
    path(f"{FLOW}/cases/<uuid:case_id>/run", views.run_case, name="case-run"),
    path(f"{FLOW}/cases/<uuid:case_id>/accept", views.accept_case, name="case-accept"),
    path(f"{FLOW}/shadow/", views.shadow, name="shadow"),
    path(f"{FLOW}/shadow/<uuid:shadow_id>", views.shadow_report, name="shadow-report"),
]
