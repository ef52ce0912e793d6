"""How fast one operation may be called: its share of a quota, less after AWS throttled, slowly more again.

Additive increase and multiplicative decrease, as TCP does it: it settles just below a limit that nobody told,
and it gives way where others use the same quota.
"""

from __future__ import annotations

CUT = 0.5
"""What is left of the rate after a throttled answer."""
ONCE = 1.0
"""Seconds in which throttled answers count once: they come from calls that were under way at the cut."""
STEP = 0.05
"""What comes back with every second of use, as a part of the ceiling, or of the rate that was too high:
ten seconds to where it was before the cut."""
LEAST_STEP = 0.1
"""Calls a second that come back at least, so that a very low rate recovers within a minute or so."""
FLOOR = 0.5
"""Calls a second that are always allowed: slow, but not stalled."""
LIFTED = 2.0
"""A limit that no quota gives is lifted at this multiple of the highest rate at which AWS throttled."""


class Rate:
    """Calls a second. `ceiling` is the share of a published quota; None: AWS publishes none."""

    __slots__ = ("_ceiling", "_cut_at", "_highest", "_step", "now")

    def __init__(self, ceiling: float | None) -> None:
        """Start at the ceiling; without one, unlimited."""
        self.now = ceiling
        self._ceiling = ceiling
        self._step = 0.0
        self._highest = 0.0
        self._cut_at = -ONCE

    def throttled(self, at: float, used: float) -> bool:
        """AWS throttled: cut the rate. `used`: calls of the last second. False: this burst was counted.

        The cut starts from what was really used, where that is less than allowed: half of an allowance that
        nobody exhausts would change nothing.
        """
        if at - self._cut_at < ONCE:
            return False
        self._cut_at = at
        too_fast = used if self.now is None else min(self.now, used or self.now)
        self._highest = max(self._highest, too_fast)
        self.now = max(too_fast * CUT, min(FLOOR, self._ceiling or FLOOR))
        self._step = max(STEP * (self._ceiling or too_fast), LEAST_STEP)
        return True

    def called(self) -> None:
        """A call is made: the part of a second that it stands for brings its part of the step."""
        if self.now is None or self.now == self._ceiling:
            return
        self.now += self._step / self.now
        if self._ceiling is not None:
            self.now = min(self.now, self._ceiling)
        elif self.now > self._highest * LIFTED:
            self.now = None
