from django.urls import path

from webhooks import views

urlpatterns = [path("<slug:provider>/<slug:webhook_key>/", views.webhook, name="webhook")]
