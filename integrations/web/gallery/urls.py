from django.urls import path

from integrations.web.gallery import views

urlpatterns = [
    path("templates/", views.gallery, name="templates"),
    path("templates/<slug:key>/", views.template, name="template"),
    path("templates/<slug:key>/use/", views.use, name="template-use"),
    path("templates/<slug:key>/try/", views.try_it, name="template-try"),
    path("templates/<slug:key>/sample/", views.sample, name="template-sample"),
    path("flows/new/", views.new_flow, name="flow-new"),
]
