#!/bin/sh
# Prints the folder for what `make setup` makes of the services' sources (bundle.ts). It is named by what the
# sources hold, so nothing that was made of others is ever run, and whoever runs what was made before keeps it.
# Fails where the sources can not be read.
set -eu
cd "$(dirname -- "$0")/.."
sums=$(find services -type f -exec cksum {} +)
sum=$(printf '%s\n' "$sums" | LC_ALL=C sort | cat - package-lock.json infra/bundle.ts | cksum)
echo ".crosspoint/services/$(echo "$sum" | tr ' ' -)"
