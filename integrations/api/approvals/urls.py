from django.urls import path

from integrations.api.approvals import views

urlpatterns = [
    path("approvals", views.Approvals.as_view()),
    path("approvals/past", views.PastApprovals.as_view()),
    path("approvals/<uuid:approval>", views.ThisApproval.as_view()),
    path("approvals/<uuid:approval>/decide", views.Decide.as_view()),
]
