"""Believable events, with small payloads and nobody's data."""

from collections.abc import Callable
from random import Random
from typing import Any

MakeEvent = Callable[[Random], tuple[str, dict[str, Any]]]


def payment(random: Random) -> tuple[str, dict[str, Any]]:
    name = random.choices(["payment.authorised", "payment.captured", "payment.refused"], [48, 48, 4])[0]
    return name, {
        "payment": f"pay_{random.getrandbits(40):010x}",
        "order": random.randrange(10_000, 99_999),
        "amount": random.randrange(199, 49_900),
        "currency": random.choice(["EUR", "EUR", "USD", "GBP"]),
        "by": random.choice(["api-1", "api-2", "api-3"]),
    }


def click(random: Random) -> tuple[str, dict[str, Any]]:
    page = random.choice(["/", "/search", "/basket", "/product/41", "/product/7", "/checkout"])
    return "page.viewed", {"page": page, "visit": f"{random.getrandbits(24):06x}", "by": f"edge-{random.randrange(4)}"}


def email(random: Random) -> tuple[str, dict[str, Any]]:
    template = random.choice(["order-confirmed", "order-shipped", "password-reset", "receipt"])
    return "email.requested", {"template": template, "to": random.randrange(1_000, 9_999), "by": "mail-api"}


def audit(random: Random) -> tuple[str, dict[str, Any]]:
    name = random.choice(["login.succeeded", "login.failed", "role.changed", "export.made"])
    return name, {"actor": f"staff-{random.randrange(30)}", "by": random.choice(["backoffice", "api-1"])}


def thumbnail(random: Random) -> tuple[str, dict[str, Any]]:
    return "image.uploaded", {"image": f"img-{random.randrange(10_000)}.jpg", "width": 1600, "by": "uploads"}


def corrupt_thumbnail(random: Random) -> tuple[str, dict[str, Any]]:
    """The event that its consumers can never process."""
    return "image.uploaded", {"image": f"img-{random.randrange(10_000)}.heic", "corrupt": True, "by": "uploads"}


def telemetry(random: Random) -> tuple[str, dict[str, Any]]:
    return "reading.taken", {"sensor": random.randrange(200), "celsius": round(random.gauss(21, 2), 1)}


def order(random: Random) -> tuple[str, dict[str, Any]]:
    name = random.choice(["order.placed", "order.paid", "order.packed", "order.shipped"])
    return name, {"order": random.randrange(10_000, 99_999), "items": random.randrange(1, 9), "by": "shop"}


def report(random: Random) -> tuple[str, dict[str, Any]]:
    return "report.ready", {"rows": random.randrange(10_000, 20_000), "by": "nightly"}


def hostile(random: Random) -> tuple[str, dict[str, Any]]:
    return '<b>"quoted"</b>', {"note": "<script>alert(1)</script>", "number": random.randrange(100)}
