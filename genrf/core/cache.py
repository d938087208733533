"""Measurements kept under the content that decides them: what was simulated once is not simulated again.

A key is a hash over the problem's identity, the values, the corner and what is done. Only what another simulation
would find again is kept, never a timeout or a crash.
"""

import base64
import hashlib
import json
import logging
import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from genrf.core.errors import ConfigError, ToolNotFound
from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.units import quantity
from genrf.core.workers import Answer, OnAnswer, Task

log = logging.getLogger("genrf")

_KEPT = ("ok", "no_convergence", "invalid")
_CHUNK = 500  # keys in one question
_PREFIX = "genrf:"
_FORMAT = 2  # of what is stored: another one is not found
_PAGES = ("page_count", "freelist_count", "page_size")


class Cache(ABC):
    """A store of bytes by key. A store that fails says so once and is empty from then on: no result is lost by it."""

    def require(self) -> None:
        """Raise ToolNotFound or ConfigError when the store cannot be reached."""
        return

    @abstractmethod
    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """What is stored under those of `keys` that are there."""

    @abstractmethod
    def put(self, items: Mapping[str, bytes]) -> None:
        """Store the items."""


@dataclass(frozen=True)
class NoCache(Cache):
    """Keeps nothing."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {}

    def put(self, items: Mapping[str, bytes]) -> None:
        return


@dataclass(frozen=True)
class MemoryCache(Cache):
    """Keeps everything as long as this process lives."""

    items: dict[str, bytes] = field(default_factory=dict)

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.items[key] for key in keys if key in self.items}

    def put(self, items: Mapping[str, bytes]) -> None:
        self.items.update(items)


@dataclass
class DiskCache(Cache):
    """One SQLite file in `folder`, which any number of processes may use at once; `size` in bytes is its bound.

    A file that cannot be read is put aside with a warning; one that has outgrown its bound begins anew.
    """

    folder: str
    size: Any
    _connection: sqlite3.Connection | None = field(init=False, default=None, repr=False)
    _broken: bool = field(init=False, default=False, repr=False)

    @property
    def path(self) -> Path:
        """The file, in `GENRF_CACHE` where that is set and not empty."""
        return Path(os.environ.get("GENRF_CACHE") or self.folder).expanduser() / "measurements.sqlite"

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for chunk in (keys[i : i + _CHUNK] for i in range(0, len(keys), _CHUNK)):
            question = f"select key, value from measurements where key in ({','.join('?' * len(chunk))})"
            found.update(self._ask(question, chunk))
        return found

    def put(self, items: Mapping[str, bytes]) -> None:
        self._write("insert or ignore into measurements values (?, ?)", items.items())

    def _ask(self, question: str, values: Sequence[str]) -> list[tuple[str, bytes]]:
        try:
            return self._open().execute(question, values).fetchall() if not self._broken else []
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            return []

    def _write(self, command: str, rows: Iterable[tuple[str, bytes]]) -> None:
        if self._broken:
            return
        try:
            with self._open() as connection:
                connection.executemany(command, rows)
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = _connected(self.path)
            except sqlite3.DatabaseError as error:
                aside = self.path.with_suffix(".broken")
                os.replace(self.path, aside)
                for beside in ("-wal", "-shm"):  # which SQLite would take for the new file's own
                    self.path.with_name(self.path.name + beside).unlink(missing_ok=True)
                log.warning("cache: %s cannot be read (%s); put aside as %s", self.path, error, aside.name)
                self._connection = _connected(self.path)
            self._bound(self._connection)
        return self._connection

    def _bound(self, connection: sqlite3.Connection) -> None:
        """Empty a store that has outgrown its bound: its pages are used again, under the eyes of other processes."""
        pages, free, page = (connection.execute(f"pragma {name}").fetchone()[0] for name in _PAGES)
        if (pages - free) * page > quantity(self.size, "cache.size"):
            log.info("cache: %s has outgrown its bound and begins anew", self.path)
            with connection:
                connection.execute("delete from measurements")

    def _give_up(self, error: Exception) -> None:
        self._broken = True
        log.warning("cache: %s: %s; going on without", self.path, error)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60.0)
    connection.execute("pragma journal_mode=wal")  # readers and a writer do not wait for each other
    connection.execute("pragma synchronous=normal")
    connection.execute("create table if not exists measurements (key text primary key, value blob) without rowid")
    return connection


@dataclass
class RedisCache(Cache):
    """A Redis server that many machines share: `url` as redis://host:6379/0."""

    url: str | None
    _client: Any = field(init=False, default=None, repr=False)
    _broken: bool = field(init=False, default=False, repr=False)

    def require(self) -> None:
        if not self.url:
            raise ConfigError("cache=redis needs the address of a server: cache.url=redis://host:6379/0")
        try:
            self._open().ping()
        except Exception as error:
            if isinstance(error, ToolNotFound):
                raise
            raise ToolNotFound(
                f"cache.url={self.url}: {error}; start a Redis server there, or use cache=disk"
            ) from error

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        found = self._guarded(lambda client: client.mget([_PREFIX + key for key in keys])) if keys else None
        return {key: value for key, value in zip(keys, found or [], strict=False) if value is not None}

    def put(self, items: Mapping[str, bytes]) -> None:
        if items:
            self._guarded(lambda client: client.mset({_PREFIX + key: value for key, value in items.items()}))

    def _guarded(self, ask: Any) -> Any:
        if self._broken:
            return None
        try:
            return ask(self._open())
        except Exception as error:
            self._broken = True
            log.warning("cache: %s: %s; going on without", self.url, error)
            return None

    def _open(self) -> Any:
        if self._client is None:
            try:
                import redis
            except ImportError:
                raise ToolNotFound("cache=redis needs the package redis; pip install genrf[redis]") from None
            self._client = redis.Redis.from_url(self.url or "", socket_timeout=10.0)
        return self._client


class Pool(Protocol):
    """What evaluates tasks: `Workers`, its in-process twin, or one of these behind a cache."""

    def evaluate(self, tasks: Sequence[Task], on_answer: OnAnswer | None = None) -> list[Answer]: ...


@dataclass
class Cached:
    """A pool in front of which a cache stands. What comes from the cache counts the seconds that it once took.

    So a run that is made again decides as it did before what a search pays for.
    """

    pool: Pool
    cache: Cache
    problems: Sequence[AbstractProblem]
    hits: int = 0
    simulated: int = 0

    def evaluate(self, tasks: Sequence[Task], on_answer: OnAnswer | None = None) -> list[Answer]:
        """The answers to `tasks`, in their order."""
        keys = [_key(self.problems[task.problem].identity, task) for task in tasks]
        stored = self.cache.get([key for key in keys if key])
        known = {i: _decoded(stored[key]) for i, key in enumerate(keys) if key in stored}
        for i, (measured, _) in known.items():
            if on_answer is not None:
                on_answer(i, measured)
        asked = [i for i in range(len(tasks)) if i not in known]
        forward = None if on_answer is None else lambda place, measured: on_answer(asked[place], measured)
        fresh = dict(zip(asked, self.pool.evaluate([tasks[i] for i in asked], forward), strict=True))
        kept = {keys[i]: _encoded(one) for i, one in fresh.items() if keys[i] and one[0].status in _KEPT}
        if kept:
            self.cache.put(kept)
        self.hits, self.simulated = self.hits + len(known), self.simulated + len(asked)
        return [fresh[i] if i in fresh else known[i] for i in range(len(tasks))]


def _key(identity: str, task: Task) -> str:
    """The content address of a task; empty where the problem has no identity."""
    if not identity:
        return ""
    what = (_FORMAT, identity, sorted(task.values.items()), task.corner, task.action, task.die)
    return hashlib.sha256(repr(what).encode()).hexdigest()


def _encoded(answer: Answer) -> bytes:
    measured, seconds = answer
    curves = None if measured.curves is None else _plain(measured.curves)
    return json.dumps([measured.status, dict(measured.metrics), measured.message, curves, seconds]).encode()


def _decoded(stored: bytes) -> Answer:
    status, metrics, message, curves, seconds = json.loads(stored)
    return Measurement(status, metrics, message, None if curves is None else _arrays(curves)), seconds


def _plain(curves: Any) -> Any:
    """Numbers and arrays in mappings, as JSON can hold them; nothing that would be executed when it is read."""
    if isinstance(curves, Mapping):
        return {name: _plain(value) for name, value in curves.items()}
    if isinstance(curves, np.ndarray):
        return [curves.dtype.str, list(curves.shape), base64.b64encode(curves.tobytes()).decode()]
    return float(curves)


def _arrays(curves: Any) -> Any:
    if isinstance(curves, dict):
        return {name: _arrays(value) for name, value in curves.items()}
    if isinstance(curves, list):
        kind, shape, content = curves
        return np.frombuffer(base64.b64decode(content), kind).reshape(shape).copy()
    return curves
