#!/bin/sh
# Makes a clone ready: checks the tools, installs the npm packages when package-lock.json is not the one they
# were installed from, and makes what services run from. Speaks on standard error, so that `eval "$(make -s up)"` works.
set -eu
cd "$(dirname -- "$0")/.."

fail() {
  echo "$1" >&2
  exit 1
}

# major VERSION: the first number in it
major() {
  echo "$1" | sed 's/^[^0-9]*\([0-9]*\).*/\1/'
}

command -v node >/dev/null || fail 'Node.js is missing: install Node 20 or newer, with npm.'
command -v npm >/dev/null || fail 'npm is missing: install it with Node 20 or newer.'
found=$(node --version)
[ "$(major "$found")" -ge 20 ] || fail "Node is too old: this is $found, 20 or newer is needed."

# Kafka may also come from KAFKA_BROKERS or from Docker, so this is not an error yet.
if [ -z "${KAFKA_BROKERS:-}" ]; then
  java=java
  [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ] && java="$JAVA_HOME/bin/java"
  without='without it only KAFKA_BROKERS with SCHEMA_REGISTRY_URL, or Docker, can give a Kafka.'
  if ! command -v "$java" >/dev/null; then
    echo "Note: Java 17 or newer is missing; $without" >&2
  else
    version=$("$java" -version 2>&1 | sed -n 's/.* version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p')
    [ "${version:-0}" -ge 17 ] || echo "Note: Java is too old (${version:-?}, 17 is needed); $without" >&2
  fi
  if ! command -v mvn >/dev/null && ! ls -d .crosspoint/artifacts/* >/dev/null 2>&1; then
    echo "Note: Maven (mvn) is missing; $without" >&2
  fi
fi

# A copy of the lock file tells what is installed; its date would not survive a checkout.
installed=node_modules/.installed-from-package-lock.json
if ! cmp -s package-lock.json "$installed"; then
  echo 'Installing npm packages …' >&2
  # `npm ci` refuses a lock file that lacks the optional packages of other platforms, which some
  # registries do not carry; `install --no-save` takes the same versions and leaves the file alone.
  npm install --no-save --no-progress --loglevel=error >&2 ||
    fail 'npm install failed: see above; it needs a package registry.'
  [ -x node_modules/.bin/node ] || fail 'npm did not install its own Node (its install script was blocked).'
  cp package-lock.json "$installed"
fi

# Few files of the services, and what the engine compiles of them, or of the sources: again when a source is another.
made=$(infra/services-made.sh)
if [ ! -r "$made/cli.mjs" ]; then
  node_modules/.bin/node infra/bundle.ts "$made" >&2 ||
    echo 'Note: services run from their sources, which takes them a little more time and memory.' >&2
  infra/compile-services.sh
  # Of others that were made, those of late may still be run by somebody.
  [ ! -d .crosspoint/services ] || find .crosspoint/services -mindepth 1 -maxdepth 1 -mtime +0 -exec rm -rf {} +
fi
