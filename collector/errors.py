"""Errors that end a command, each with the exit code that the command line gives it."""


class KeyreachError(Exception):
    """It broke: nothing was published. The message says what to do next."""

    exit_code = 1


class UsageError(KeyreachError):
    """Wrong usage, configuration or file: nothing was called."""

    exit_code = 2
