#!/bin/sh
# See that there is a Chromium, which the tests of the page drive; as root, install Debian's.
set -eu
for name in chromium chromium-browser google-chrome; do
	if command -v "$name" >/dev/null; then
		exit
	fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	apt-get install -y --no-install-recommends chromium || { apt-get update && apt-get install -y --no-install-recommends chromium; }
	exit
fi
echo "the tests of the page look at it in Chromium: install it (for example: sudo apt-get install chromium)" >&2
exit 1
