from django.urls import path

from integrations.web.alerts import views

urlpatterns = [
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/closed/", views.closed, name="alerts-closed"),
    path("alerts/routes/", views.routes, name="alert-routes"),
    path("alerts/routes/<uuid:route_id>/switch/", views.switch_route, name="alert-route-switch"),
    path("alerts/routes/<uuid:route_id>/delete/", views.delete_route, name="alert-route-delete"),
    path("alerts/<uuid:alert_id>/acknowledge/", views.acknowledge, name="alert-acknowledge"),
    path("alerts/<uuid:alert_id>/close/", views.close, name="alert-close"),
    path("badges/", views.badges, name="badges"),
]
