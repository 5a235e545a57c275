from django.urls import path

from integrations.api.partners import views

urlpatterns = [
    path("partners", views.Partners.as_view()),
    path("partners/<slug:partner>", views.OnePartner.as_view()),
    path("tables", views.Tables.as_view()),
    path("tables/<str:table>", views.OneTable.as_view()),
    path("counters", views.Counters.as_view()),
    path("counters/<str:counter>", views.OneCounter.as_view()),
    path("counters/<str:counter>/numbers", views.Numbers.as_view()),
]
