from django.urls import path

from integrations.web.partners import tables, views

urlpatterns = [
    path("partners/", views.partners, name="partners"),
    path("partners/new/", views.create, name="partner-new"),
    path("partners/p/<slug:key>/", views.partner, name="partner"),
    path("partners/p/<slug:key>/edit/", views.edit, name="partner-edit"),
    path("partners/p/<slug:key>/delete/", views.delete, name="partner-delete"),
    path("partners/tables/", tables.tables, name="tables"),
    path("partners/tables/new/", tables.create, name="table-new"),
    path("partners/tables/t/<str:key>/", tables.table, name="table"),
    path("partners/tables/t/<str:key>/edit/", tables.edit, name="table-edit"),
    path("partners/tables/t/<str:key>/import/", tables.replace, name="table-import"),
    path("partners/tables/t/<str:key>/export/", tables.export, name="table-export"),
    path("partners/tables/t/<str:key>/delete/", tables.delete, name="table-delete"),
    path("partners/counters/", views.counters, name="counters"),
    path("partners/counters/set/", views.set_counter, name="counter-set"),
    path("partners/counters/c/<str:name>/", views.counter, name="counter"),
]
