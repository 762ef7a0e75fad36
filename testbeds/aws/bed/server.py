"""`python -m bed.server [--port N]` starts the bed, prints one JSON line when it is ready, ends when its stdin closes."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import warnings

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from . import autoscaling, cloudformation, ec2, eks, eks_parts, eks_updates, elb, hooks, iam, logs, sts  # noqa: F401 - the rules
from .layer import Layer
from .options import ACCOUNT, register_delays


class QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keep-alive, unlike moto's own server

    def log_request(self, *args: object, **kwargs: object) -> None:
        pass

    def log(self, *args: object, **kwargs: object) -> None:
        pass


def end_with_stdin() -> None:
    """Whoever started the bed holds the other end: when that process dies, the pipe closes."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    register_delays()
    server = make_server(
        "127.0.0.1",
        arguments.port,
        Layer(DomainDispatcherApplication(create_backend_app)),
        threaded=True,
        request_handler=QuietHandler,
    )
    os.environ["MOTO_PORT"] = str(server.server_port)
    threading.Thread(target=end_with_stdin, daemon=True).start()
    ready = {"endpoint": f"http://127.0.0.1:{server.server_port}", "account": ACCOUNT, "pid": os.getpid()}
    print(json.dumps(ready), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
