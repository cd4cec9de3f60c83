#!/bin/sh
# Installs what `npm run test:interop` tests against. Run it as often as you like: what is there already is left alone.
#
#   btvirt   BlueZ's emulated controllers, from Debian's bluez-test-tools
#   socat    relays a pseudo-terminal
#   tshark   another decoder of captures, from Debian
#   Bumble   another host, and controllers, from PyPI; in .cache/interop/venv, needs Python 3.10 or later
#   noble    and bleno, from npm, without their native parts but serialport's; in bench/peers
#   a shim   built with gcc into .cache/interop; test/interop/peers/btvirt-shim.c says what for
#
# Without root and without sudo, or where there is no apt-get, it says what is missing, installs the rest, and ends
# with status 1.
set -eu

BUMBLE=0.0.233
cd "$(dirname "$0")/.."
cache=.cache/interop
venv=$cache/venv
status=0

say() { echo "install-interop: $*"; }
missing() { say "$*" >&2; status=1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo -n "$@"; else return 1; fi
}

# Packages of the programs that are not there.
packages=
want() { command -v "$1" >/dev/null || packages="$packages $2"; }
want btvirt bluez-test-tools
want socat socat
want tshark tshark
want gcc gcc
[ -e /usr/include/linux/if_alg.h ] || packages="$packages linux-libc-dev"
[ -e /usr/include/stdio.h ] || packages="$packages libc6-dev"

# The first Python that is new enough. A venv needs ensurepip, which Debian keeps in a package of its own.
python=
for candidate in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  packages="$packages python3 python3-venv"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  packages="$packages python3-venv"
fi

if [ -n "$packages" ]; then
  say "Debian packages:$packages"
  if ! command -v apt-get >/dev/null; then
    missing "there is no apt-get; install$packages yourself"
  elif ! { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends $packages; } >/dev/null; then
    missing "apt-get could not install$packages; install them yourself"
  fi
fi

mkdir -p "$cache"
installed() { "$venv/bin/python" -c 'from importlib.metadata import version; print(version("bumble"))' 2>/dev/null; }
if [ "$(installed || true)" != "$BUMBLE" ]; then
  say "Bumble $BUMBLE in $venv"
  if ! "${python:-python3}" -m venv --clear "$venv" ||
    ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "bumble==$BUMBLE"; then
    missing "Bumble could not be installed; it needs Python 3.10 or later and PyPI"
  fi
fi

if ! [ -e bench/peers/node_modules/.package-lock.json ] ||
  [ bench/peers/package-lock.json -nt bench/peers/node_modules/.package-lock.json ]; then
  say 'noble and bleno in bench/peers'
  npm ci --prefix bench/peers --ignore-scripts --no-audit --no-fund --silent ||
    missing 'noble and bleno could not be installed'
fi

shim=$cache/btvirt-shim.so
source=test/interop/peers/btvirt-shim.c
if [ ! -e "$shim" ] || [ "$source" -nt "$shim" ]; then
  say "$shim"
  # Made beside its place and moved there: a btvirt that runs keeps the one that it has.
  if gcc -O2 -Wall -shared -fPIC -o "$shim.new" "$source" -ldl; then
    mv "$shim.new" "$shim"
  else
    missing "gcc could not build $source"
  fi
fi

[ "$status" != 0 ] || say 'all there'
exit "$status"
