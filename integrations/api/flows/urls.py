from django.urls import path

from integrations.api.flows import views

urlpatterns = [
    path("flows", views.Flows.as_view()),
    path("flows/<str:flow>", views.OneFlow.as_view()),
    path("flows/<str:flow>/draft", views.Draft.as_view()),
    path("flows/<str:flow>/validation", views.Validation.as_view()),
    path("flows/<str:flow>/scope/<str:step>", views.StepScope.as_view()),
    path("flows/<str:flow>/yaml", views.FlowYaml.as_view()),
    path("flows/<str:flow>/publish", views.Publish.as_view()),
    path("flows/<str:flow>/rollback", views.Rollback.as_view()),
    path("flows/<str:flow>/versions", views.Versions.as_view()),
    path("flows/<str:flow>/versions/<int:number>", views.OneVersion.as_view()),
    path("flows/<str:flow>/enable", views.Enable.as_view()),
    path("flows/<str:flow>/disable", views.Disable.as_view()),
    path("flows/<str:flow>/hooks", views.Hooks.as_view()),
    path("hooks/<uuid:hook>", views.OneHook.as_view()),
    path("hooks/<uuid:hook>/verifier", views.Verifier.as_view()),
]
