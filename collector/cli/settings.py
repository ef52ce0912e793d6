"""The global options, and the log that they ask for."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

import typer

from collector.ask.formats.cell import shown


class LogLevel(StrEnum):
    """Least severe messages that are shown."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How messages are written."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True)
class Settings:
    """The global options of one call."""

    db: Path
    log_level: LogLevel
    log_format: LogFormat

    @classmethod
    def of(cls, ctx: typer.Context) -> Settings:
        """The settings of a running command."""
        found = ctx.find_object(cls)
        assert found is not None
        return found

    @property
    def shows_progress(self) -> bool:
        """Whether a progress bar makes sense: somebody looks, and wants to be told."""
        told = self.log_level in (LogLevel.INFO, LogLevel.DEBUG)
        return told and self.log_format is LogFormat.TEXT and sys.stderr.isatty()

    def start_logging(self) -> None:
        """Send the package's messages to stderr."""
        handler = _Stderr()
        handler.setFormatter(_Json() if self.log_format is LogFormat.JSON else _Text("%(message)s"))
        logger = logging.getLogger("collector")
        logger.handlers = [handler]
        logger.setLevel(self.log_level.value.upper())
        logger.propagate = False


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to whatever stderr is at the moment."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class _Text(logging.Formatter):
    """One line a message, in which nothing that was collected steers the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return shown(super().format(record))


class _Json(logging.Formatter):
    """One JSON object a message; `extra={"fields": {...}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return json.dumps(entry)
