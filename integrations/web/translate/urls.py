from django.urls import path

from integrations.web.translate import views

urlpatterns = [
    path("translate/", views.page, name="translate"),
    path("translate/read/", views.read, name="translate-read"),
    path("translate/convert/", views.convert, name="translate-convert"),
    path("translate/formats/<slug:key>/", views.format_help, name="translate-format"),
    path("translate/formats/<slug:key>/fields/", views.format_fields, name="translate-fields"),
]
