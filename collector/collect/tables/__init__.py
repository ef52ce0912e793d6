"""One file per AWS service: declarations and pure column functions."""
