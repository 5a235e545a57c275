from django.urls import path

from integrations.web.builder import views

urlpatterns = [
    path("flows/<uuid:flow_id>/build/", views.page, name="builder"),
    path("flows/<uuid:flow_id>/build/draft", views.draft, name="builder-draft"),
    path("flows/<uuid:flow_id>/build/check", views.check, name="builder-check"),
    path("flows/<uuid:flow_id>/build/scope", views.scope, name="builder-scope"),
    path("flows/<uuid:flow_id>/build/changes", views.changes, name="builder-changes"),
    path("flows/<uuid:flow_id>/build/publish", views.publish, name="builder-publish"),
]
