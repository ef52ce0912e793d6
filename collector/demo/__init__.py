"""The demonstration: a small organization on a fake AWS inside the process. Needs the extra `demo`."""
