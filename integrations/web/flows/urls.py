from django.urls import path

from integrations.web.flows import views

urlpatterns = [
    path("flows/", views.flows, name="flows"),
    path("flows/import/", views.import_flow, name="flow-import"),
    path("flows/<uuid:flow_id>/", views.flow, name="flow"),
    path("flows/<uuid:flow_id>/versions/", views.versions, name="flow-versions"),
    path("flows/<uuid:flow_id>/versions/<int:number>/", views.version, name="flow-version"),
    path("flows/<uuid:flow_id>/copy/", views.copy, name="flow-copy"),
    path("flows/<uuid:flow_id>/duplicate/", views.duplicate, name="flow-duplicate"),
    path("flows/<uuid:flow_id>/archive/", views.archive, name="flow-archive"),
    path("flows/<uuid:flow_id>/compare/", views.compare, name="flow-compare"),
    path("flows/<uuid:flow_id>/compare.json", views.compare_json, name="flow-compare-json"),
    path("flows/<uuid:flow_id>/draft/", views.draft, name="flow-draft"),
    path("flows/<uuid:flow_id>/hooks/", views.hooks, name="flow-hooks"),
    path("flows/<uuid:flow_id>/export/", views.export, name="flow-export"),
    path("flows/<uuid:flow_id>/switch/", views.switch, name="flow-switch"),
    path("flows/<uuid:flow_id>/rename/", views.rename, name="flow-rename"),
    path("flows/<uuid:flow_id>/publish/", views.publish, name="flow-publish"),
    path("flows/<uuid:flow_id>/rollback/", views.rollback, name="flow-rollback"),
    path("flows/<uuid:flow_id>/hooks/new/", views.add_hook, name="hook-new"),
    path("flows/<uuid:flow_id>/hooks/<uuid:hook_id>/switch/", views.switch_hook, name="hook-switch"),
    path("flows/<uuid:flow_id>/hooks/<uuid:hook_id>/secret/", views.set_secret, name="hook-secret"),
]
