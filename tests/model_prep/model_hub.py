"""A loopback server with one model repository, speaking as much of the hub's API as a model download needs."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMITS = ("a" * 40, "b" * 40)


class ModelHub:
    """What it serves, and what it was asked. ``cut`` is how many bytes of the weights it sends before it hangs up."""

    def __init__(self, hub_id: str, folder: Path) -> None:
        self.hub_id, self.folder = hub_id, folder
        self.commit = COMMITS[0]
        self.refuse: tuple[int, str] | None = None
        self.cut: int | None = None
        self.asked: list[str] = []
        self.url = ""

    def files(self) -> dict[str, bytes]:
        """Name -> content."""
        return {path.name: path.read_bytes() for path in sorted(self.folder.iterdir())}


def handler_of(hub: ModelHub) -> type[BaseHTTPRequestHandler]:
    """The request handler of a hub."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def _answer(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _json(self, value: Any) -> None:
            self._answer(200, json.dumps(value).encode(), Content_Type="application/json")

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            hub.asked.append(f"{self.command} {path}")
            if hub.refuse:
                self._answer(hub.refuse[0], b"{}", X_Error_Code=hub.refuse[1])
            elif path.startswith(f"/api/models/{hub.hub_id}/tree/"):
                self._json([self._entry(name, body) for name, body in hub.files().items()])
            elif path.startswith(f"/api/models/{hub.hub_id}"):
                names = [{"rfilename": name} for name in hub.files()]
                self._json({"id": hub.hub_id, "modelId": hub.hub_id, "sha": hub.commit, "siblings": names})
            elif path.startswith(f"/{hub.hub_id}/resolve/{hub.commit}/") and path.rpartition("/")[2] in hub.files():
                self._file(path.rpartition("/")[2])
            else:
                self._answer(404, b"{}", X_Error_Code="RepoNotFound")

        def _entry(self, name: str, body: bytes) -> dict[str, Any]:
            return {"type": "file", "path": name, "size": len(body), "oid": hashlib.sha1(body).hexdigest()}

        def _file(self, name: str) -> None:
            body = hub.files()[name]
            head = {
                "X_Repo_Commit": hub.commit,
                "ETag": f'"{hashlib.sha1(body).hexdigest()}"',
                "Accept_Ranges": "bytes",
            }
            start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
            if start:
                head["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            if name.endswith(".safetensors") and hub.cut and self.command == "GET":
                self.send_response(200)
                for key, value in {"Content-Length": str(len(body)), **head}.items():
                    self.send_header(key.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body[: hub.cut])
                self.close_connection = True
                return
            self._answer(206 if start else 200, body[start:], **head)

    return Handler


@contextmanager
def serving(hub: ModelHub) -> Iterator[ModelHub]:
    """The hub on a port of its own for the length of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(hub))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
