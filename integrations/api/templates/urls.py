from django.urls import path

from integrations.api.templates import views

urlpatterns = [
    path("templates", views.Templates.as_view()),
    path("templates/<str:template>", views.OneTemplate.as_view()),
    path("templates/<str:template>/sample", views.Sample.as_view()),
    path("templates/<str:template>/flows", views.Use.as_view()),
    path("templates/<str:template>/try", views.Try.as_view()),
]
