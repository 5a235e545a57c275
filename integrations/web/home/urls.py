from django.urls import path

from integrations.web.home import views

urlpatterns = [
    path("", views.home, name="home"),
    path("demo/", views.panel, name="demo"),
    path("demo/orders/", views.send_orders, name="demo-orders"),
    path("demo/stock/", views.send_stock, name="demo-stock"),
    path("demo/edi/", views.send_edi, name="demo-edi"),
    path("demo/twins/<slug:key>/", views.switch_twin, name="demo-twin"),
]
