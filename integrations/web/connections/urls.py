from django.urls import path

from integrations.web.connections import views

urlpatterns = [
    path("connections/", views.connections, name="connections"),
    path("connections/catalogue/", views.catalogue, name="catalogue"),
    path("connections/catalogue/<slug:key>/", views.connector, name="connector"),
    path("connections/catalogue/<slug:key>/new/", views.create, name="connection-new"),
    path("connections/<uuid:connection_id>/", views.connection, name="connection"),
    path("connections/<uuid:connection_id>/edit/", views.edit, name="connection-edit"),
    path("connections/<uuid:connection_id>/test/", views.test, name="connection-test"),
    path("connections/<uuid:connection_id>/delete/", views.delete, name="connection-delete"),
]
