#!/bin/sh
# What npm scripts begin with: where nothing is installed yet it says what to do, before an older Node of the
# machine stumbles over sources that it can't read, or over a package that is not there.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
[ -x "$root/node_modules/.bin/node" ] && exit 0
echo "crosspoint is not installed yet: run \`make setup\` in $root first" >&2
exit 2
