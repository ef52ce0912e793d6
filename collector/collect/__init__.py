"""AWS to rows: what is called, how, and what came of it."""
