#!/bin/sh
# Installs the browser of `npm run test:browser`: Debian's chromium, where no chromium is there already.
set -eu

if command -v chromium >/dev/null; then
  echo "install-browser: $(command -v chromium) is there"
  exit 0
fi
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}
as_root apt-get update -qq
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
