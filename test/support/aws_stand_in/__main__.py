"""Starts the AWS of the tests: prints its addresses as JSON, and ends when its standard input does."""

import argparse
import contextlib
import json
import os
import sys
import threading
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=Path, required=True, help="file that each call is written to")
    parser.add_argument("--times", type=json.loads, default={}, help="seconds that things take")
    args = parser.parse_args()
    # moto would name its port in addresses that it gives out.
    os.environ["MOTO_ACCOUNT_ID"] = "123456789012"

    from . import lean

    lean.install()
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    from . import balancer, control, ecs_api
    from .front import Front
    from .web import WebServer, bind
    from .world import WORLD, Times

    WORLD.times = WORLD.usual_times = Times(**args.times)
    ecs_api.install()
    balancer.install()
    outside = WebServer(WORLD.loop, bind("127.0.0.1", 0))
    outside.open(balancer.route)
    moto = DomainDispatcherApplication(create_backend_app)
    front = Front(moto, args.calls, control.ORDERS)
    control.on_reset(front.forget)

    class Quiet(MotoRequestHandler):
        """Calls are written to a file; nothing has to be said twice."""

        def log_request(self, *_args: object) -> None:
            return None

    server = make_server("127.0.0.1", 0, front, threaded=True, request_handler=Quiet)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    addresses = {
        "url": f"http://127.0.0.1:{server.server_port}",
        "balancerUrl": f"http://127.0.0.1:{outside.port}",
    }
    control.note_balancer(outside.port)
    print(json.dumps(addresses), flush=True)
    server.serve_forever()


def _end_with_parent() -> None:
    """Whoever started it holds the other end of its standard input; when that is gone, nobody needs it any more."""
    with contextlib.suppress(OSError):
        sys.stdin.buffer.read()
    os._exit(0)


main()
