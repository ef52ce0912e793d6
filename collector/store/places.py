"""Where machines share what they have collected: a folder that all of them mount, or a prefix in S3."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from collector.errors import KeyreachError

_ABSENT = ("NoSuchKey", "404")
_REMOVED_AT_ONCE = 1000
"""https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""


class Place(Protocol):
    """Named objects that are there whole or not at all. Errors are KeyreachErrors that name the place."""

    url: str

    def put(self, name: str, content: bytes | Path) -> None:
        """Write an object, in place of one that is there."""
        ...

    def open(self, name: str) -> Any:
        """Open an object for reading, as a context. Raises FileNotFoundError if it is not there."""
        ...

    def names(self) -> dict[str, datetime]:
        """The objects, and when each was written."""
        ...

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects; those that are not there do not matter."""
        ...


class Folder:
    """A folder on this machine, or one that several machines mount. Its files are for their owner only."""

    def __init__(self, path: Path) -> None:
        """Use the folder, which may not be there yet."""
        self.path, self.url = path, str(path)

    def make(self) -> None:
        """Make the folder, for its owner only, unless it is there."""
        with self._told("make"):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, name: str, content: bytes | Path) -> None:
        """Write under a passing name, then rename."""
        aside = self.path / f".{name}.{secrets.token_hex(4)}"
        with self._told("write to"):
            try:
                with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    for part in _parts(content):
                        file.write(part)
                    file.flush()
                    os.fsync(file.fileno())
                aside.replace(self.path / name)
            finally:
                aside.unlink(missing_ok=True)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file. Raises FileNotFoundError if it is not there."""
        with self._told("read"), (self.path / name).open("rb") as file:
            yield file

    def names(self) -> dict[str, datetime]:
        """The files, and when each was written."""
        with self._told("read"):
            found = {}
            for path in self.path.iterdir():
                try:
                    found[path.name] = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                except FileNotFoundError:
                    continue
            return found

    def remove(self, names: Iterable[str]) -> None:
        """Remove files."""
        with self._told("write to"):
            for name in names:
                (self.path / name).unlink(missing_ok=True)

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if self.path.is_dir():
                raise
            raise KeyreachError(f"cannot {doing} {self.path}: {error.strerror}") from error
        except OSError as error:
            raise KeyreachError(f"cannot {doing} {self.path}: {error.strerror}") from error


class Bucket:
    """A prefix in an S3 bucket. An object is written by one PUT."""

    def __init__(self, url: str, client: Any) -> None:
        """Use `s3://bucket/prefix` through a client of S3, whose credentials may be renewed meanwhile."""
        self.url, self._client = url.rstrip("/"), client
        self._bucket, _, prefix = url.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def put(self, name: str, content: bytes | Path) -> None:
        """Write an object."""
        with self._told("write to"):
            if isinstance(content, bytes):
                self._put(name, content)
                return
            with content.open("rb") as file:
                self._put(name, file)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open an object. Raises FileNotFoundError if it is not there."""
        with self._told("read"):
            body = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"]
            try:
                yield body
            finally:
                body.close()

    def names(self) -> dict[str, datetime]:
        """The objects right under the prefix, and when each was written."""
        with self._told("list"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix, Delimiter="/"
            )
            return {
                item["Key"].removeprefix(self._prefix): item["LastModified"]
                for page in pages
                for item in page.get("Contents", ())
            }

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects."""
        keys = [{"Key": self._prefix + name} for name in names]
        with self._told("delete from"):
            for start in range(0, len(keys), _REMOVED_AT_ONCE):
                some = {"Objects": keys[start : start + _REMOVED_AT_ONCE], "Quiet": True}
                answer = self._client.delete_objects(Bucket=self._bucket, Delete=some)
                for refused in answer.get("Errors", ())[:1]:
                    raise KeyreachError(f"cannot delete from {self.url}: {refused.get('Message')}")

    def _put(self, name: str, body: bytes | IO[bytes]) -> None:
        self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=body)

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in _ABSENT:
                raise FileNotFoundError(str(error)) from error
            raise KeyreachError(f"cannot {doing} {self.url}: {error}") from error


def _parts(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while part := file.read(1 << 20):
            yield part
