#!/bin/sh
# Brings the extensions up to date, then starts what it is given: Superset. Nothing here stands against that start, not
# even a tool that is missing, fails, or hangs.
timeout --kill-after=5 "${EXTENSION_STARTUP_TIMEOUT:-120}" pulumi-superset extension upsert ||
  echo "WARNING - The extensions were not brought up to date; Superset starts with those that are there." >&2
exec "$@"
