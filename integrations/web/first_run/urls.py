from django.urls import path

from integrations.web.first_run import views

urlpatterns = [
    path("start/", views.start, name="start"),
    path("start/hide/", views.hide, name="start-hide"),
    path("flows/<uuid:flow_id>/send-sample/", views.send_sample, name="flow-send-sample"),
]
