"""One of everything that an address can name, on a real server, and the value of each part of an address."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from dashboard.core.names import to_slug
from dashboard.models import (
    Alert,
    Inhibition,
    MaintenanceWindow,
    Notification,
    Receiver,
    Route,
    Server,
    Silence,
    Stream,
    Threshold,
    WallLink,
)
from streams_admin.backup import shelf
from streams_admin.facts import Outcome, encode
from streams_admin.models import Action, Approval, Backup, Bound, Plan, Policy
from streams_admin.plans import save_plan
from streams_admin.redis_io.scripts import action_client
from streams_admin.remedies.trim_plan import TrimMode, plan_trim
from tests.servers import RedisServer

KEY, GROUP = b"orders", b"billing"


@dataclass
class World:
    """What the addresses of the role matrix lead to. Routes of a new model need its row here, in `_object`."""

    server: Server
    stream: Stream
    threshold: Threshold
    alert: Alert
    action: Action
    plan: Plan
    person: User
    role: Group
    link: WallLink
    backup: Backup
    approval: Approval
    bound: Bound
    told: dict[str, Model]  # by the word in its addresses: who is told of alerts, and how

    def path_of(self, route: str) -> str:
        """The route with each part in angle brackets filled in; raises KeyError on one that is not known here."""
        found = self._object(route)
        values = {
            "<path:content_type_id>": str(ContentType.objects.get_for_model(found).pk),
            "<path:object_id>": str(found.pk),
            "<int:pk>": str(found.pk),
            "<id>": str(found.pk),
            "<int:alert_id>": str(self.alert.pk),
            "<str:slug>": to_slug(GROUP),
            "<str:token>": self.link.token if "/wall/" in route else self.plan.token,
            "<str:entry_id>": "1-1",
            "<int:number>": "0",
            "<str:kind>": "create_group",
            "<app_label>": "dashboard",
            "<url>": "no/such/page/",
        }
        parts = [values[part] if part.startswith("<") else part for part in _parts(route)]
        return "".join(parts)

    def _object(self, route: str) -> Model:
        named: dict[str, Model] = {
            "/walllink/": self.link,
            "/server/": self.server,
            "/servers/": self.server,
            "/threshold/": self.threshold,
            "/alert/": self.alert,
            "/action/": self.action,
            "/backup/": self.backup,
            "/approval/": self.approval,
            "/bound/": self.bound,
            "/user/": self.person,
            "/group/": self.role,
            **self.told,
        }
        return next((found for word, found in named.items() if word in route), self.stream)


def build(watched: RedisServer, own_redis: RedisServer) -> World:
    """Fills the registry and the server, and lets a sampler have lived just now."""
    now = timezone.now()
    with own_redis.client() as client:
        client.set("streamgauge:sampler", repr(now.timestamp() + 600))  # alive, however long the walk takes
    with watched.client() as client:
        for number in range(1, 6):
            client.xadd(KEY, {"number": number}, id=f"{number}-1")
        client.xgroup_create(KEY, GROUP, id="0")
        client.xreadgroup(GROUP, "worker", {KEY: ">"}, count=2)
    server = Server.objects.create(name="shop", address=watched.url, held_at=now)  # a sampler has it
    stream = Stream.objects.create(server=server, key=KEY)
    threshold = Threshold.objects.create(name="long", metric="length", warning_limit=1, stream=stream)
    alert = Alert.objects.create(
        server=server, stream=stream, threshold=threshold, title="too long", metric="length", limit=1, opened_at=now
    )
    person = User.objects.create_user("somebody")
    with action_client(server.target, KEY) as client:
        plan = save_plan(stream, person, plan_trim(client, KEY, TrimMode.LENGTH, 3, beyond=True), now=now)
    action = Action.objects.create(
        kind="trim",
        stream=stream,
        server=server,
        server_name="shop",
        key=KEY,
        title="Trim",
        facts=plan.facts,
        outcome=encode(Outcome(requested=2, done=2)),
        started_at=now,
        state="done",
    )
    link = WallLink.objects.create(name="kitchen")
    role = Group.objects.create(name="role")
    backup = Backup.objects.create(
        name="shop_orders.streamgauge.gz",
        server_name="shop",
        key=KEY,
        made_by="somebody",
        taken_at=now,
        size=1,
        entries=5,
        groups=1,
        pending=2,
    )
    path = shelf.path_of(backup.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"?")
    approval = Approval.objects.create(plan=plan, asked_by=person, asked_by_name="somebody", asked_at=now)
    bound = Bound.objects.create(role=role, key_pattern="nothing")
    return World(server, stream, threshold, alert, action, plan, person, role, link, backup, approval, bound, _told())


def _told() -> dict[str, Model]:
    """Who is told of alerts, and how. Nobody answers at the receiver's address, so a test of it is over at once."""
    receiver = Receiver.objects.create(
        name="on call", kind="webhook", address="http://127.0.0.1:1/", allowed_networks="127.0.0.1"
    )
    now = timezone.now()
    return {
        "/receiver/": receiver,
        "/policy/": Policy.objects.create(name="nights", does="retain", keep_length=1, key_pattern="orders"),
        "/route/": Route.objects.create(name="everything"),
        "/inhibition/": Inhibition.objects.create(name="down", sources=[], targets=[]),
        "/maintenancewindow/": MaintenanceWindow.objects.create(
            name="nights", matchers=[], begins="22:00", lasts_min=60
        ),
        "/notification/": Notification.objects.create(receiver=receiver, key="key", made_at=now, body={}),
        "/silences/": Silence.objects.create(
            matchers=[], starts_at=now, ends_at=now + timedelta(hours=1), reason="rollout", made_at=now
        ),
    }


def routes() -> list[str]:
    """Every address that the project answers, ours and the admin's, in the URLconf's own words."""
    return list(dict.fromkeys(_walk(get_resolver(), "/")))


def _walk(resolver: URLResolver, prefix: str) -> list[str]:
    found: list[str] = []
    for pattern in resolver.url_patterns:
        route = prefix + _spelled(pattern)
        found += _walk(pattern, route) if isinstance(pattern, URLResolver) else [route]
    return found


def _spelled(pattern: URLPattern | URLResolver) -> str:
    text = str(pattern.pattern)
    if text.startswith("^(?P<app_label>"):
        return "<app_label>/"
    return "<url>" if text == "(?P<url>.*)$" else text


def _parts(route: str) -> list[str]:
    return [part for part in route.replace("<", "\0<").replace(">", ">\0").split("\0") if part]
