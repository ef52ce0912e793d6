"""Known gaps: what the configuration accepts not to be collected."""

from __future__ import annotations

from datetime import date

from collector.config import AcceptedGap
from collector.globs import matches
from collector.store.ledger import Accepted


def accepted(gaps: tuple[AcceptedGap, ...], today: date) -> Accepted:
    """A function of account, region and operation: the reason why a gap there is accepted, or None."""
    valid = [gap for gap in gaps if gap.expires is None or gap.expires >= today]

    def reason(account_id: str, region: str, operation: str) -> str | None:
        for gap in valid:
            fits = matches(gap.accounts, account_id) and matches(gap.regions, region)
            if fits and matches(gap.operations, operation):
                return gap.reason
        return None

    return reason
