"""A loopback server that speaks the Hugging Face hub's API, as far as its client libraries really call it, and a plain
file host beside it. What can go wrong with either is asked for with :class:`Fault`.

Written down from the requests of huggingface_hub 2.4 and datasets 5.2 and the hub's documented answers:
``X-Error-Code`` tells kinds of 401, 403 and 404 apart, ``X-Repo-Commit`` and ``ETag`` come with every file, and a large
file is a redirect to a storage host with ``X-Linked-ETag`` and ``X-Linked-Size``.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PAGE = 2
"""Entries a page of a listing, so that small repositories have several."""


class Repo:
    """A dataset repository: every change is a commit, and the old ones stay to be had."""

    def __init__(self, files: dict[str, bytes], *, moved_to: str = "") -> None:
        self.moved_to = moved_to
        self.gated = 0
        """The status that files are refused with: 401 without an account, 403 without the owner's leave."""
        self.commits: dict[str, dict[str, bytes]] = {}
        self.head = ""
        self.change(files)

    def change(self, files: dict[str, bytes]) -> None:
        """Commit new or other files."""
        now = {**self.commits.get(self.head, {}), **files}
        told = "".join(f"{path} {hashlib.sha1(body).hexdigest()}\n" for path, body in sorted(now.items()))
        self.head = hashlib.sha1(told.encode()).hexdigest()
        self.commits[self.head] = now

    def at(self, revision: str) -> dict[str, bytes] | None:
        """The files at a commit or at the branch, None where there is no such."""
        return self.commits.get(self.head if revision == "main" else revision)


def entry(path: str, body: bytes) -> dict[str, Any]:
    """What the API says of a file."""
    oid = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
    facts: dict[str, Any] = {"type": "file", "oid": oid, "size": len(body), "path": path}
    if is_large(path):
        facts["lfs"] = {"oid": hashlib.sha256(body).hexdigest(), "size": len(body), "pointerSize": 134}
    return facts


def is_large(path: str) -> bool:
    """Whether a file is kept by the storage host."""
    return path.endswith((".parquet", ".gz"))


@dataclass
class Fault:
    """What happens to the next ``times`` requests whose line matches ``where``.

    ``status`` is answered instead; or, of the body, only ``share`` is sent before the connection closes; or all of it
    with a wrong byte; or a range is answered with the whole file. ``stall`` sends a share and holds the connection.
    """

    where: str
    times: int = 1
    status: int = 0
    share: float | None = None
    stall: bool = False
    spoil: bool = False
    no_range: bool = False
    headers: dict[str, str] = field(default_factory=dict)


class Hub:
    """The server's state; ``requests`` has ``host METHOD path range authorization`` of each request."""

    def __init__(self) -> None:
        self.url = self.storage_url = ""
        self.over = threading.Event()
        self.reset()

    def reset(self) -> None:
        """Nothing on it, nothing asked for yet."""
        self.repos: dict[str, Repo] = {}
        self.plain: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.stalled = threading.Event()

    @staticmethod
    def etag(body: bytes) -> str:
        """The ETag of a plain file."""
        return f'"{hashlib.md5(body).hexdigest()}"'

    def fault(self, line: str) -> Fault | None:
        """The fault that a request runs into, used up by it."""
        for fault in self.faults:
            if fault.times > 0 and re.search(fault.where, line):
                fault.times -= 1
                return fault
        return None

    def fetched(self, *, since: int = 0) -> list[str]:
        """The requests for contents of data files that were answered with some, in order."""
        data = r"GET (/storage/|/plain/|/datasets/.*\.csv)"
        return [line for line in self.requests[since:] if re.search(data, line)]


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub and its storage host, on ports of their own, for the length of the block."""
    hub = Hub()
    servers = []
    for name in ("hub", "storage"):
        handler = type("Handler", (_Handler,), {"hub": hub, "name": name})
        server = _Server(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
    hub.url, hub.storage_url = (f"http://127.0.0.1:{server.server_address[1]}" for server in servers)
    try:
        yield hub
    finally:
        hub.over.set()
        for server in servers:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Clients that were killed hang up; that is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    name: str
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        """As for GET, without the body."""
        self._answer()

    def do_POST(self) -> None:
        """Of paths-info only."""
        self._answer()

    def do_GET(self) -> None:
        """The API, files and ranges of them."""
        self._answer()

    def _answer(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), parse_qs(parts.query)
        line = f"{self.name} {self.command} {path}"
        told = [self.headers.get("Range"), self.headers.get("Authorization")]
        self.hub.requests.append(" ".join(filter(None, [line, *told])))
        self._fault = self.hub.fault(line)
        if self._fault and self._fault.status:
            self._send(self._fault.status, b"", **self._fault.headers)
            return
        for pattern, answer in _ROUTES:
            if match := re.fullmatch(pattern, path):
                answer(self, match.groupdict(), query, form)
                return
        self._send(404, b"")

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        fault = self._fault
        if fault and fault.spoil:
            body = bytes([body[0] ^ 1]) + body[1:]
        if fault and fault.share is not None:
            self.wfile.write(body[: int(len(body) * fault.share)])
            self.wfile.flush()
            if fault.stall:
                self.hub.stalled.set()
                self.hub.over.wait(30)
            self.close_connection = True
            return
        self.wfile.write(body)

    def _json(self, value: Any, **headers: str) -> None:
        self._send(200, json.dumps(value).encode(), Content_Type="application/json", **headers)

    def _refuse(self, status: int, code: str, message: str = "") -> None:
        headers = {"X_Error_Code": code, **({"X_Error_Message": message} if message else {})}
        self._send(status, json.dumps({"error": message or code}).encode(), Content_Type="application/json", **headers)

    def _repo(self, route: dict[str, str]) -> tuple[Repo, dict[str, bytes]] | None:
        """The repository a route names and its files at the revision; None when it has been answered already."""
        repo = self.hub.repos.get(route["id"])
        if repo is None:
            self._refuse(401, "RepoNotFound", "Repository not found")
        elif repo.moved_to:
            self._send(307, b"", Location=self.path.replace(route["id"], repo.moved_to))
        elif (files := repo.at(route.get("revision") or "main")) is None:
            self._refuse(404, "RevisionNotFound", "Invalid rev id")
        else:
            return repo, files
        return None

    def _info(self, route: dict[str, str], query: dict[str, list[str]], form: str) -> None:
        if found := self._repo(route):
            repo, files = found
            facts = {"_id": "1", "id": route["id"], "sha": repo.head, "tags": []}
            if route["revision"] not in {None, "main"}:
                facts["sha"] = route["revision"]
            siblings = [{"rfilename": path} for path in files]
            self._json({**facts, "siblings": siblings, "private": False, "gated": False, "disabled": False})

    def _tree(self, route: dict[str, str], query: dict[str, list[str]], form: str) -> None:
        if not (found := self._repo(route)):
            return
        files = found[1]
        folder = f"{route['folder']}/" if route["folder"] else ""
        below = {path.removeprefix(folder) for path in sorted(files) if path.startswith(folder)}
        if not below:
            self._refuse(404, "EntryNotFound", "not found")
            return
        folders = sorted({path.partition("/")[0] for path in below if "/" in path})
        entries: list[dict[str, Any]] = [
            {"type": "directory", "oid": "d" * 40, "size": 0, "path": folder + name} for name in folders
        ]
        entries += [entry(folder + path, files[folder + path]) for path in sorted(below) if "/" not in path]
        start = int(query.get("cursor", ["0"])[0])
        headers = {}
        if start + PAGE < len(entries):
            headers["Link"] = f'<{self.hub.url}{urlsplit(self.path).path}?cursor={start + PAGE}>; rel="next"'
        self._json(entries[start : start + PAGE], **headers)

    def _paths_info(self, route: dict[str, str], query: dict[str, list[str]], form: str) -> None:
        if found := self._repo(route):
            files = found[1]
            self._json([entry(path, files[path]) for path in parse_qs(form)["paths"] if path in files])

    def _resolve(self, route: dict[str, str], query: dict[str, list[str]], form: str) -> None:
        if not (found := self._repo(route)):
            return
        repo, files = found
        path = route["path"]
        commit = repo.head if route["revision"] == "main" else route["revision"]
        if repo.gated:
            self._refuse(repo.gated, "GatedRepo", "Access to this dataset is restricted")
        elif path not in files:
            self._refuse(404, "EntryNotFound", "Entry not found")
        elif is_large(path):
            facts = entry(path, files[path])
            linked = {"X_Linked_ETag": f'"{facts["lfs"]["oid"]}"', "X_Linked_Size": str(facts["size"])}
            place = f"{self.hub.storage_url}/storage/{route['id']}/{commit}/{path}"
            self._send(302, b"", Location=place, X_Repo_Commit=commit, **linked)
        else:
            self._file(files[path], entry(path, files[path])["oid"], X_Repo_Commit=commit)

    def _storage(self, route: dict[str, str], query: dict[str, list[str]], form: str) -> None:
        if found := self._repo(route):
            body = found[1][route["path"]]
            self._file(body, hashlib.sha256(body).hexdigest())

    def _plain(self, route: dict[str, str], query: dict[str, list[str]], form: str) -> None:
        if (body := self.hub.plain.get(route["path"])) is None:
            self._send(404, b"no such file")
        else:
            self._file(body, self.hub.etag(body).strip('"'))

    def _file(self, body: bytes, etag: str, **headers: str) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        headers = {**headers, "ETag": f'"{etag}"', "Accept_Ranges": "bytes"}
        if asked and not (self._fault and self._fault.no_range):
            start, size = int(asked[1]), len(body)
            self._send(206, body[start:], Content_Range=f"bytes {start}-{size - 1}/{size}", **headers)
        else:
            self._send(200, body, **headers)


_DATASET = r"/api/datasets/(?P<id>[^/]+/[^/]+)"
_ROUTES = [
    (rf"{_DATASET}/tree/(?P<revision>[^/]+)(?:/(?P<folder>.*))?", _Handler._tree),
    (rf"{_DATASET}/paths-info/(?P<revision>[^/]+)", _Handler._paths_info),
    (rf"{_DATASET}(?:/revision/(?P<revision>[^/]+))?", _Handler._info),
    (r"/datasets/(?P<id>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.*)", _Handler._resolve),
    (r"/storage/(?P<id>[^/]+/[^/]+)/(?P<revision>[^/]+)/(?P<path>.*)", _Handler._storage),
    (r"/plain/(?P<path>.*)", _Handler._plain),
]
"""Pattern of a path -> what answers it: (parts of the path, query, form)."""
