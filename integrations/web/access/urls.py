from django.urls import path

from integrations.web.access import views

urlpatterns = [
    path("api-keys/", views.api_keys, name="api-keys"),
    path("api-keys/new/", views.new_key, name="api-key-new"),
    path("api-keys/<uuid:key_id>/revoke/", views.revoke_key, name="api-key-revoke"),
    path("members/", views.members, name="members"),
    path("members/invite/", views.invite, name="member-invite"),
    path("members/<uuid:member_id>/role/", views.set_role, name="member-role"),
    path("members/<uuid:member_id>/remove/", views.remove, name="member-remove"),
    path("invitations/<str:token>/", views.accept, name="invitation"),
]
