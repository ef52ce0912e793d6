"""Schema, declarations, queries, commands and configuration to Markdown pages."""
