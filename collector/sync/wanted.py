"""What one sync is asked for, as its parts hand it on to each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from collector.collect.plan import Services
from collector.config import Config
from collector.sync.collection import Filters
from collector.sync.mode import Mode
from collector.sync.observer import Observer


@dataclass(frozen=True)
class Wanted:
    """What is collected, where it is published, and how it is gone about."""

    config: Config
    db: Path
    filters: Filters
    services: Services
    mode: Mode
    demo: bool
    observer: Observer
