"""`python -m bed.serve SERVICE FOLDER`: runs one service on a free port of the loopback and writes the port to file descriptor 3."""

from __future__ import annotations

import os
import sys
import warnings

from bed.leash import end_with_stdin

READY = 3


def main() -> None:
    end_with_stdin()
    warnings.simplefilter("ignore")
    name, folder = sys.argv[1:3]
    from bed import services, sqlite

    sqlite.tune()
    if name not in ("placement", "octavia"):  # Octavia opens a second session inside its first and would wait for itself
        sqlite.writers_first()
    app = services.BY_NAME[name](folder)
    from werkzeug import serving

    class Handler(serving.WSGIRequestHandler):
        protocol_version = "HTTP/1.1"  # keep-alive

        def log_request(self, code="-", size="-"):
            """Nothing: the journal is kept in front of us."""

    server = serving.make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    server.daemon_threads = True
    os.write(READY, str(server.server_port).encode())
    os.close(READY)
    server.serve_forever()


main()
