"""keyreach: who can reach which encrypted data, with which key."""

__version__ = "0.1.0"
