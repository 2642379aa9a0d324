from django.apps import AppConfig, apps


class StreamsAdminConfig(AppConfig):
    name = "streams_admin"
    verbose_name = "Recovery"

    def ready(self) -> None:
        """Lets the admin speak the reader's language."""
        from streams_admin.spoken import OURS, speak_admin, speak_models

        for label in OURS:
            speak_models(apps.get_app_config(label))
        speak_admin()
