"""Which page answers at which address. Wires things, contains nothing."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, path

from dashboard.views.alerts import acknowledge, alerts
from dashboard.views.overview import overview

from dashboard.views import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview, name="overview"),
    path("alerts/", alerts, name="alerts"),
    path("alerts/<int:alert_id>/acknowledge/", acknowledge, name="acknowledge"),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
