"""Documents and journals of one simulator: memory for reading, SQLite for surviving."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]
Change: TypeAlias = tuple[str, str, Document | None]

_SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = normal;
create table if not exists documents (
    seq integer primary key, kind text not null, id text not null, body text not null, unique (kind, id));
create table if not exists journal (
    seq integer primary key autoincrement, stream text not null, body text not null);
create index if not exists journal_stream on journal (stream, seq);
"""
_UPSERT = (
    "insert into documents (kind, id, body) values (?, ?, ?) "
    "on conflict (kind, id) do update set body = excluded.body"
)
# A journal is read by a person or a test, which look at the last minutes: 50,000 entries are about 100 MB.
_JOURNAL_LIMIT = 50_000


class Store:
    """What `save` returned from is on disk (kill -9 loses nothing) and is read back in the order of creation.

    Documents are replaced, never changed in place: `get` and `all` hand out the stored dict itself.
    """

    def __init__(self, path: Path | None) -> None:
        self._database = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._documents: dict[str, dict[str, Document]] = {}
        for kind, key, body in self._database.execute("select kind, id, body from documents order by seq"):
            self._documents.setdefault(kind, {})[key] = json.loads(body)

    def get(self, kind: str, key: str) -> Document | None:
        return self._documents.get(kind, {}).get(key)

    def all(self, kind: str) -> list[Document]:
        return list(self._documents.get(kind, {}).values())

    def put(self, kind: str, key: str, document: Document) -> Document:
        self.save([(kind, key, document)])
        return document

    def delete(self, kind: str, key: str) -> None:
        self.save([(kind, key, None)])

    def save(self, changes: Iterable[Change]) -> None:
        """All changes or none; a document of None is deleted."""
        changes = list(changes)
        # Commits on leaving, rolls back when a document cannot be written as JSON.
        with self._database:
            self._database.execute("begin immediate")
            for kind, key, document in changes:
                self._write(kind, key, document)
        for kind, key, document in changes:
            if document is None:
                self._documents.get(kind, {}).pop(key, None)
            else:
                self._documents.setdefault(kind, {})[key] = document

    def _write(self, kind: str, key: str, document: Document | None) -> None:
        if document is None:
            self._database.execute("delete from documents where kind = ? and id = ?", (kind, key))
        else:
            self._database.execute(_UPSERT, (kind, key, json.dumps(document)))

    def next_number(self, name: str, first: int = 1) -> int:
        """A number that was never given out before under this name."""
        number = int((self.get("sequences", name) or {"last": first - 1})["last"]) + 1
        self.put("sequences", name, {"last": number})
        return number

    def append(self, stream: str, entry: Document) -> int:
        """Its number, which no other entry of any stream ever has: whoever amends it may be late."""
        cursor = self._database.execute(
            "insert into journal (stream, body) values (?, ?)", (stream, json.dumps(entry))
        )
        number = int(cursor.lastrowid or 0)
        if number % 1000 == 0:
            self._database.execute("delete from journal where seq <= ?", (number - _JOURNAL_LIMIT,))
        return number

    def amend(self, number: int, entry: Document) -> None:
        self._database.execute("update journal set body = ? where seq = ?", (json.dumps(entry), number))

    def read(self, stream: str, since: int = 0) -> list[Document]:
        rows = self._database.execute(
            "select seq, body from journal where stream = ? and seq > ? order by seq", (stream, since)
        )
        return [{"id": number, **json.loads(body)} for number, body in rows]

    def forget(self, stream: str) -> None:
        self._database.execute("delete from journal where stream = ?", (stream,))

    def clear(self) -> None:
        """Everything: documents, journals, sequences."""
        self._documents.clear()
        self._database.executescript("delete from documents; delete from journal;")

    def close(self) -> None:
        self._database.close()
