#!/usr/bin/env bash
# Sync, then check. Exits with what a scheduler should act on:
#   1, 2   it broke, or is configured wrongly: look at the log
#   3      findings: findings.json says which
#   4      no findings, but something was not collected: status.json says what
set -u
db=${KEYREACH_DB:-keyreach.duckdb}

keyreach --db "$db" --log-format json sync --summary runs.jsonl
synced=$?
if [ "$synced" -ne 0 ] && [ "$synced" -ne 4 ]; then
  exit "$synced"
fi
keyreach --db "$db" status --format json >status.json
keyreach --db "$db" check --fail-on high --format json -o findings.json
checked=$?
if [ "$checked" -ne 0 ]; then
  exit "$checked"
fi
exit "$synced"
