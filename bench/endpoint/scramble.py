"""Numbers that look random and can be turned back, so that no id ever has to be looked up."""

from __future__ import annotations

import hashlib

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
"""The characters of access keys and of IAM's unique ids."""


def digest(*parts: object) -> bytes:
    """32 bytes that follow from the parts alone."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).digest()


def number(below: int, *parts: object) -> int:
    """A number that follows from the parts alone."""
    return int.from_bytes(digest(*parts)[:8], "big") % below


class Scramble:
    """A bijection of the numbers of so many bits."""

    def __init__(self, bits: int, *seed: object) -> None:
        """Different seeds give different bijections."""
        self.bits = bits
        self._mask, self._shift = (1 << bits) - 1, (bits + 1) // 2
        self._factors = [
            int.from_bytes(digest("scramble", *seed, n), "big") & self._mask | 1 for n in range(3)
        ]
        self._inverses = [pow(factor, -1, 1 << bits) for factor in reversed(self._factors)]
        self._offset = int.from_bytes(digest("offset", *seed), "big") & self._mask

    def forward(self, value: int) -> int:
        """The number that stands for `value`."""
        value ^= self._offset
        for factor in self._factors:
            value = (value * factor) & self._mask
            value ^= value >> self._shift
        return value

    def back(self, value: int) -> int:
        """The number that `value` stands for."""
        for factor in self._inverses:
            value ^= value >> self._shift
            value = (value * factor) & self._mask
        return value ^ self._offset

    def forward_below(self, limit: int, value: int) -> int:
        """As `forward`, within the numbers below the limit (cycle walking)."""
        value = self.forward(value)
        while value >= limit:
            value = self.forward(value)
        return value

    def back_below(self, limit: int, value: int) -> int:
        """As `back`, within the numbers below the limit."""
        value = self.back(value)
        while value >= limit:
            value = self.back(value)
        return value


def write(value: int, length: int, digits: str = _DIGITS) -> str:
    """A number as text of a fixed length."""
    characters = []
    for _ in range(length):
        value, digit = divmod(value, len(digits))
        characters.append(digits[digit])
    return "".join(reversed(characters))


def read(text: str, digits: str = _DIGITS) -> int:
    """The number that a text stands for. Raises ValueError for other characters."""
    value = 0
    for character in text:
        value = value * len(digits) + digits.index(character)
    return value
