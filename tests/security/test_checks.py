"""What a wrong configuration is told, by the check command and by the processes that refuse to start with it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks

from dashboard.env import BASE_DIR

GOOD_KEY = Fernet.generate_key().decode()


def complaints() -> list[str]:
    return [str(message.msg) for message in run_checks(tags=["security"]) if str(message.id).startswith("streamgauge.")]


def test_the_settings_of_the_tests_are_right() -> None:
    assert complaints() == []


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is not set"),
        ("SECRET_KEY", "short", "SECRET_KEY has 5 characters; it needs 50"),
        ("CREDENTIALS_KEYS", [], "CREDENTIALS_KEY is not set"),
        ("CREDENTIALS_KEYS", [GOOD_KEY, "abc"], "CREDENTIALS_KEY, key 2, is no Fernet key"),
        ("CREDENTIALS_KEYS", ["ü" * 44], "CREDENTIALS_KEY, key 1, is no Fernet key"),
        ("CSRF_TRUSTED_ORIGINS", ["*"], "ORIGINS has '*'"),
        ("CSRF_TRUSTED_ORIGINS", ["https://*.example.com"], "ORIGINS has 'https://*.example.com'"),
        ("CSRF_TRUSTED_ORIGINS", ["example.com"], "ORIGINS has 'example.com'"),
        ("CSRF_TRUSTED_ORIGINS", ["https://example.com/"], "ORIGINS has 'https://example.com/'"),
        ("CSRF_TRUSTED_ORIGINS", ["https://example.com:port"], "ORIGINS has"),
        ("CSRF_TRUSTED_ORIGINS", ["wss://example.com"], "ORIGINS has"),
        ("CSRF_TRUSTED_ORIGINS", ["https://[::1"], "ORIGINS has"),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS has *"),
        ("MASKED_FIELDS", ["*token*", "$."], "MASKED_FIELDS has '$.'"),
        (
            "CHANNEL_LAYERS",
            {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
            "CHANNEL_LAYERS is in memory",
        ),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: Any, complaint: str, settings: Any) -> None:
    setattr(settings, name, value)

    assert any(text.startswith(complaint) for text in complaints()), complaints()


@pytest.mark.parametrize("origin", ["https://a.example", "http://127.0.0.1:8000", "https://[::1]:8443"])
def test_a_whole_origin_is_right(origin: str, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = [origin]

    assert complaints() == []


def test_debugging_needs_no_secrets(settings: Any) -> None:
    settings.DEBUG, settings.SECRET_KEY, settings.CREDENTIALS_KEYS = True, "short", []

    assert complaints() == []


def run(tmp_path: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    production = {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "VAR_DIR": str(tmp_path),
        "SECRET_KEY": "k4" * 20 + "abcdefghijklmnopqrstuvwxyz",
        "CREDENTIALS_KEY": GOOD_KEY,
        "ORIGINS": "https://gauge.example.com",
        "ALLOWED_HOSTS": "gauge.example.com",
        "PLAIN_HTTP": "",
        "DEBUG": "",
        "PATH": os.environ["PATH"],
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env={**production, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_production_configuration_passes_the_deployment_check(tmp_path: Path) -> None:
    result = run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"SECRET_KEY": ""}, "streamgauge: SECRET_KEY is not set. Make one: "),
        ({"CREDENTIALS_KEY": "abc"}, "streamgauge: CREDENTIALS_KEY, key 1, is no Fernet key"),
    ],
)
def test_the_web_server_ends_with_one_line_that_names_what_is_missing(
    environment: dict[str, str], complaint: str, tmp_path: Path
) -> None:
    web = ("-m", "daphne", "-p", "0", "dashboard.asgi:application")

    result = run(tmp_path, *web, **environment)

    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(complaint)


def test_the_sampler_does_not_start_without_its_key(tmp_path: Path) -> None:
    result = run(tmp_path, "manage.py", "run_sampler", CREDENTIALS_KEY="")

    assert result.returncode == 1
    assert "CREDENTIALS_KEY is not set" in result.stderr
    assert "Traceback" not in result.stderr
