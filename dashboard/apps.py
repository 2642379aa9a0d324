from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"
    verbose_name = "Watching"

    def ready(self) -> None:
        """Registers the checks."""
        from dashboard import checks  # noqa: F401
