"""Accounts on their way from the machine that collected them to the one that publishes.

An account is delivered as one object: a head of fixed length that says what it is, then the lines as
staging has them. Objects are there whole or not at all, and an account that is collected again replaces
what was delivered of it, so none is lost and none is doubled.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from collector.errors import KeyreachError
from collector.store.places import Place
from collector.store.staging import Staging

ORGANIZATION = "organization"
"""Stands for an account in the delivery of the organization's tables."""

_HEAD_BYTES = 4096
_PROBLEM_LENGTH = 300
"""Longest reason in a head, so that it fits however it is escaped."""
_DELIVERY, _NOTE, _TOKEN = ".delivery", ".json", ".token"
_NAMED = (
    r"(?:(?:\d{12}|organization)\.delivery|shard-\d+-of-\d+\.json"
    r"|(?:client|worker-[0-9a-f]{16}|trial-[0-9a-f]{8})\.token)"
)
_OURS = re.compile(rf"{_NAMED}|\.{_NAMED}\.[0-9a-f]{{8}}")
"""Names of what is left here, and of what was being written: nothing else in the place is ever removed."""
_THREADS = 16
"""Objects that are read at once."""


@dataclass(frozen=True)
class Delivery:
    """What the head of a delivered account says."""

    account_id: str
    """Or ORGANIZATION."""
    run_id: str
    fingerprint: str
    """Of the configuration it was collected with."""
    started_at: str
    complete: bool = True
    calls: int = 0
    rows: int = 0
    failures: int = 0
    problem: str = ""
    """Why the account could not be reached, if it could not."""


class Handover:
    """What several machines leave for the one that publishes, and the notes that they leave about it."""

    def __init__(self, place: Place) -> None:
        """Use a place that all of them reach."""
        self.place = place

    def deliver(self, delivery: Delivery, staging: Staging) -> None:
        """Put an account there, with all that is staged."""
        staging.flush()
        head = {**asdict(delivery), "problem": delivery.problem[:_PROBLEM_LENGTH]}
        whole = staging.folder / "delivery"
        try:
            with whole.open("wb") as file:
                file.write(json.dumps(head).encode().ljust(_HEAD_BYTES))
                for path in staging.paths():
                    with path.open("rb") as lines:
                        shutil.copyfileobj(lines, file)
        except OSError as error:
            raise KeyreachError(
                f"cannot write {whole}: {error.strerror}; make room, or name another folder by TMPDIR"
            ) from error
        self.place.put(delivery.account_id + _DELIVERY, whole)
        whole.unlink()

    def delivery(self, account_id: str, fingerprint: str) -> Delivery | None:
        """What was delivered of an account with the same configuration, if anything was."""
        try:
            with self.place.open(account_id + _DELIVERY) as stream:
                return _head(stream.read(_HEAD_BYTES), fingerprint)
        except FileNotFoundError:
            return None

    def deliveries(
        self, account_ids: Iterable[str], fingerprint: str, after: datetime
    ) -> dict[str, Delivery]:
        """What was delivered of accounts with the same configuration, and begun after a moment."""
        there = self.place.names()
        asked = [account_id for account_id in account_ids if account_id + _DELIVERY in there]
        with ThreadPoolExecutor(_THREADS) as threads:
            found = threads.map(lambda account_id: self.delivery(account_id, fingerprint), asked)
            return {
                delivery.account_id: delivery
                for delivery in found
                if delivery and datetime.fromisoformat(delivery.started_at) > after
            }

    def take(self, account_ids: Iterable[str], fingerprint: str, staging: Staging) -> None:
        """Copy deliveries to staging. Raises KeyreachError if one is gone, or was replaced by another's."""

        def one(account_id: str) -> None:
            try:
                with self.place.open(account_id + _DELIVERY) as stream:
                    if _head(stream.read(_HEAD_BYTES), fingerprint):
                        staging.receive(account_id, stream)
                        return
            except FileNotFoundError:
                pass
            raise KeyreachError(
                f"what was collected of {account_id} is no longer in {self.place.url}: another sync uses the "
                "same place; give each inventory a place of its own, and collect again"
            )

        with ThreadPoolExecutor(_THREADS) as threads:
            for _ in threads.map(one, account_ids):
                pass

    def note(self, name: str, content: dict[str, Any]) -> None:
        """Leave a note for whoever publishes."""
        self.place.put(name + _NOTE, json.dumps(content, sort_keys=True).encode())

    def notes(self) -> dict[str, dict[str, Any]]:
        """All notes by name."""
        names = sorted(name for name in self.place.names() if name.endswith(_NOTE) and _OURS.fullmatch(name))
        found = {}
        for name in names:
            try:
                with self.place.open(name) as stream:
                    found[name.removesuffix(_NOTE)] = dict(json.loads(stream.read()))
            except FileNotFoundError:
                continue
        return found

    def show(self, name: str, token: str) -> None:
        """Leave a token by which others see that they use the same place."""
        self.place.put(name + _TOKEN, token.encode())

    def shown(self, name: str) -> str | None:
        """A token that was left."""
        try:
            with self.place.open(name + _TOKEN) as stream:
                return bytes(stream.read()).decode()
        except FileNotFoundError:
            return None

    def forget(self, names: Iterable[str]) -> None:
        """Remove tokens."""
        self.place.remove([name + _TOKEN for name in names])

    def expire(self, before: datetime) -> None:
        """Remove what is too old to be used."""
        there = self.place.names()
        self.place.remove([name for name, at in there.items() if _OURS.fullmatch(name) and at < before])

    def clear(self) -> None:
        """Remove everything that was left here, and nothing else."""
        self.place.remove([name for name in self.place.names() if _OURS.fullmatch(name)])


def _head(head: bytes, fingerprint: str) -> Delivery | None:
    content = json.loads(head)
    return Delivery(**content) if content["fingerprint"] == fingerprint else None
