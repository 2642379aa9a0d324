from django.apps import AppConfig, apps


class StreamsAdminConfig(AppConfig):
    name = "streams_admin"
    verbose_name = "Recovery"

    def ready(self) -> None:
        """Lets the admin speak the reader's language, and /readyz name what is late of acting."""
        from streams_admin.spoken import OURS, speak_admin, speak_models

        for label in OURS:
            speak_models(apps.get_app_config(label))
        speak_admin()

        from dashboard.services.lateness import OTHERS
        from streams_admin import lateness

        OTHERS.update({"policies": lateness.policies, "audit_log": lateness.audit_log})
