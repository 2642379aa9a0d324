"""The addresses of recovery, all below /admin/. A stream's stand below `dashboard/stream/`, an
action's below `streams_admin/action/`, a backup's below `streams_admin/backup/`."""

from django.urls import URLPattern, path

from streams_admin import asks, backup_views, group_page, plan_views, recover, views

STREAM: list[URLPattern] = [
    path("<int:pk>/recover/", recover.recover, name="dashboard_stream_recover"),
    path("<int:pk>/recover/<str:kind>/", asks.ask, name="dashboard_stream_ask"),
    path("<int:pk>/group/", group_page.group, name="dashboard_stream_group"),
    path("<int:pk>/backups/", backup_views.backups, name="dashboard_stream_backups"),
    path("<int:pk>/pending/", views.pending, name="dashboard_stream_pending"),
    path("<int:pk>/trim/", views.trim, name="dashboard_stream_trim"),
    path("plans/<str:token>/", plan_views.plan, name="streams_admin_plan"),
]

ACTION: list[URLPattern] = [
    path("<int:pk>/check/", plan_views.check, name="streams_admin_action_check"),
    path("<int:pk>/cancel/", plan_views.cancel, name="streams_admin_action_cancel"),
    path("<int:pk>/undo/", plan_views.undo, name="streams_admin_action_undo"),
]

BACKUP: list[URLPattern] = [
    path("<int:pk>/download/", backup_views.download, name="streams_admin_backup_download"),
    path("<int:pk>/restore/", backup_views.restore, name="streams_admin_backup_restore"),
]
