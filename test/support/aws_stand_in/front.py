"""What stands before moto: it writes down each call, fails it on demand, and takes the orders of the tests."""

import io
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from botocore.exceptions import UnknownServiceError
from moto.core.routing import NotFound, get_service_router
from moto.moto_server.werkzeug_app import BackendRequest

from .errors import make_error
from .world import WORLD

CONTROL = "/stand-in/"

Orders = dict[str, Callable[[dict[str, Any]], Any]]


class Front:
    """A WSGI application around another."""

    def __init__(self, moto: Any, calls: Path, orders: Orders) -> None:
        self._moto = moto
        self._calls = calls.open("a", buffering=1)
        self._orders = {**orders, "fail": self._fail, "delay": self._delay}
        self._failures: list[dict[str, Any]] = []
        self._seconds = 0.0

    def forget(self) -> None:
        """No errors and no delay any more."""
        self._failures.clear()
        self._seconds = 0.0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith(CONTROL):
            return self._control(path.removeprefix(CONTROL), environ, start_response)
        request = BackendRequest(environ, populate_request=False)
        service, operation = name_call(request)
        self._calls.write(json.dumps({"service": service, "operation": operation}) + "\n")
        if self._seconds > 0:
            time.sleep(self._seconds)
        error = self._take_failure(service, operation)
        if error is None:
            # moto is not made for tasks that come and go while it answers.
            with WORLD.lock:
                return self._moto(environ, start_response)
        if error == "time-out":
            hang_up(environ)
            return []
        status, headers, body = make_error(service, operation, error)
        start_response(f"{status} Error", [*headers.items(), ("content-length", str(len(body)))])
        return [body]

    def _control(self, order: str, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            said = self._orders[order](json.loads(body or b"{}"))
            status, answer = "200 OK", json.dumps(said if said is not None else {}).encode()
        except Exception as error:  # the test gets to see whatever it is
            status, answer = "500 Error", json.dumps({"error": f"{type(error).__name__}: {error}"}).encode()
        start_response(status, [("content-type", "application/json"), ("content-length", str(len(answer)))])
        return [answer]

    def _fail(self, order: dict[str, Any]) -> None:
        self._failures.append(dict(order))

    def _delay(self, order: dict[str, Any]) -> None:
        self._seconds = order["milliseconds"] / 1000

    def _take_failure(self, service: str, operation: str) -> str | None:
        for failure in self._failures:
            if failure["service"] == service and failure["operation"] in (operation, "*") and failure["times"] > 0:
                failure["times"] -= 1
                return failure["error"]
        return None


def name_call(request: BackendRequest) -> tuple[str, str]:
    """Service and operation as the SDK names them: ("ecs", "CreateService")."""
    service = service_of(request.headers.get("Authorization", ""))
    target = request.headers.get("X-Amz-Target")
    if target:
        return service, target.split(".")[-1]
    if request.mimetype == "application/x-www-form-urlencoded":
        body = request.environ["wsgi.input"].read(request.content_length or 0)
        request.environ["wsgi.input"] = io.BytesIO(body)
        return service, parse_qs(body.decode()).get("Action", ["?"])[0]
    return service, name_rest_call(service, request)


def service_of(authorization: str) -> str:
    """Out of the signature: its scope names the service."""
    try:
        return authorization.split("Credential=")[1].split(",")[0].split("/")[3]
    except IndexError:
        return "unsigned"


def name_rest_call(service: str, request: BackendRequest) -> str:
    """Route 53 and S3 name no operation in the request; moto knows the routes."""
    try:
        operation, _ = get_service_router(service).match(request)
    except (NotFound, UnknownServiceError):
        return f"{request.method} {request.path}"
    return operation.name


def hang_up(environ: dict[str, Any]) -> None:
    """Closes the connection without an answer."""
    environ["werkzeug.socket"].shutdown(2)
