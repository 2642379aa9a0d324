"""Who may open which operator page, by which method. Every view here stands behind it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]


def operator_page(*, staff: bool = True, **rights: str | tuple[str, ...]) -> Callable[[View], View]:
    """Lets a view answer the methods named, to signed-in people with the right (any of several) of the method.

    `operator_page(GET="dashboard.view_stream", POST="streams_admin.trim_stream")`. Any other method is a 405. Unlike
    `admin_site.admin_view` it asks for more than `is_staff`, and it never lets a GET stand for a POST.
    """
    wanted = {method: (right,) if isinstance(right, str) else right for method, right in rights.items()}

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            method = "GET" if request.method == "HEAD" else str(request.method)
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if method not in wanted:
                return HttpResponseNotAllowed(sorted(wanted))
            if (staff and not request.user.is_staff) or not any(map(request.user.has_perm, wanted[method])):
                raise PermissionDenied(f"This needs the permission {' or '.join(wanted[method])}.")
            # A second layer behind the CSRF token; browsers that say nothing are left to that.
            if method != "GET" and request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
                raise PermissionDenied("This may only be sent from our own pages.")
            return view(request, *args, **kwargs)

        guarded.rights = wanted  # type: ignore[attr-defined]  # for the test that walks every route
        return guarded

    return decorate
