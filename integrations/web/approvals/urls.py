from django.urls import path

from integrations.web.approvals import views

urlpatterns = [
    path("approvals/", views.approvals, name="approvals"),
    path("approvals/past/", views.past, name="approvals-past"),
    path("approvals/<uuid:approval_id>/", views.approval, name="approval"),
    path("approvals/<uuid:approval_id>/decide/", views.decide, name="approval-decide"),
    path("approvals/link/<str:signed>/", views.link, name="approval-link"),
]
