"""The command line: one module per command, which parses flags, calls one function and prints."""
