"""Rows to one DuckDB file."""
