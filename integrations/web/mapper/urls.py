from django.urls import path

from integrations.web.mapper import views

urlpatterns = [
    path("flows/<uuid:flow_id>/map/<str:step>/", views.page, name="mapper"),
    path("flows/<uuid:flow_id>/map-scope", views.scope, name="mapper-scope"),
    path("mapper/choices", views.choices, name="mapper-choices"),
    path("mapper/tables", views.tables, name="mapper-tables"),
    path("mapper/schema", views.schema, name="mapper-schema"),
    path("mapper/import", views.import_schema, name="mapper-import"),
    path("mapper/sample", views.sample, name="mapper-sample"),
    path("mapper/suggest", views.suggestions, name="mapper-suggest"),
    path("mapper/check", views.check, name="mapper-check"),
    path("mapper/preview", views.preview, name="mapper-preview"),
    path("mapper/write", views.write, name="mapper-write"),
    path("mapper/read", views.read, name="mapper-read"),
]
