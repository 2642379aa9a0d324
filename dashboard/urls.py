"""Which page answers at which address. Wires things, contains nothing."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

from dashboard.views import health, saved_views, silences, stream_peek
from dashboard.views.alert import alert_counts, alert_page, alert_ring
from dashboard.views.alert_acts import acknowledge, acknowledge_many, unacknowledge
from dashboard.views.alerts import alerts
from dashboard.views.entries import entries_data, entries_page
from dashboard.views.entries_tail import entries_tail
from dashboard.views.entry import entry_data, entry_page, entry_value
from dashboard.views.history import server_history, stream_history
from dashboard.views.marks import server_marks, stream_marks
from dashboard.views.overview import overview, sparklines
from dashboard.views.search import search
from dashboard.views.server import server_page
from dashboard.views.stream import stream_page
from dashboard.views.wall import linked_wall, wall
from streams_admin.timeline import server_actions, stream_actions
from streams_admin.views import actions, export_actions

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview, name="overview"),
    path("sparklines/", sparklines, name="sparklines"),
    path("views/", saved_views.saved_views, name="saved_views"),
    path("views/default/", saved_views.choose, name="default_view"),
    path("views/<int:pk>/", saved_views.change, name="change_view"),
    path("views/<int:pk>/delete/", saved_views.delete, name="delete_view"),
    path("views/<int:pk>/restore/", saved_views.restore, name="restore_view"),
    path("streams/<int:pk>/", stream_page, name="stream"),
    path("streams/<int:pk>/history/", stream_history, name="stream_history"),
    path("streams/<int:pk>/marks/", stream_marks, name="stream_marks"),
    path("streams/<int:pk>/actions/", stream_actions, name="stream_actions"),
    path("streams/<int:pk>/entries/", entries_page, name="stream_entries"),
    path("streams/<int:pk>/entries/data/", entries_data, name="stream_entries_data"),
    path("streams/<int:pk>/entries/tail/", entries_tail, name="stream_entries_tail"),
    path("streams/<int:pk>/entries/<str:entry_id>/", entry_page, name="stream_entry"),
    path("streams/<int:pk>/entries/<str:entry_id>/data/", entry_data, name="stream_entry_data"),
    path("streams/<int:pk>/entries/<str:entry_id>/<int:number>/", entry_value, name="stream_entry_value"),
    path("streams/<int:pk>/groups/<str:slug>/consumers/", stream_peek.consumers, name="stream_consumers"),
    path("streams/<int:pk>/groups/<str:slug>/pending/", stream_peek.pending, name="stream_pending"),
    path("streams/<int:pk>/groups/<str:slug>/survey/", stream_peek.survey, name="stream_survey"),
    path("streams/<int:pk>/groups/<str:slug>/measure/", stream_peek.measure, name="stream_measure"),
    path("servers/<int:pk>/", server_page, name="server"),
    path("servers/<int:pk>/marks/", server_marks, name="server_marks"),
    path("servers/<int:pk>/actions/", server_actions, name="server_actions"),
    path("servers/<int:pk>/history/", server_history, name="server_history"),
    path("search/", search, name="search"),
    path("alerts/", alerts, name="alerts"),
    path("alerts/counts/", alert_counts, name="alert_counts"),
    path("alerts/acknowledge/", acknowledge_many, name="acknowledge_many"),
    path("alerts/<int:alert_id>/", alert_page, name="alert"),
    path("alerts/<int:alert_id>/ring/", alert_ring, name="alert_ring"),
    path("alerts/<int:alert_id>/acknowledge/", acknowledge, name="acknowledge"),
    path("alerts/<int:alert_id>/unacknowledge/", unacknowledge, name="unacknowledge"),
    path("silences/", silences.silences, name="silences"),
    path("silences/new/", silences.new, name="new_silence"),
    path("silences/<int:pk>/end/", silences.end, name="end_silence"),
    path("silences/<int:pk>/move/", silences.move, name="move_silence"),
    path("actions/", actions, name="actions"),
    path("actions/export.csv", export_actions, {"form": "csv"}, name="export_csv"),
    path("actions/export.jsonl", export_actions, {"form": "jsonl"}, name="export_jsonl"),
    path("wall/", wall, name="wall"),
    path("wall/<str:token>/", linked_wall, name="linked_wall"),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("language/", login_not_required(set_language), name="language"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
