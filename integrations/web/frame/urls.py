from django.urls import path

from integrations.web.frame import views

urlpatterns = [path("tenant/", views.enter_tenant, name="enter-tenant")]
