#!/bin/sh
# Install one release of Python Locust into a virtual environment of its own.
# usage: locust-venv.sh VERSION DIR
set -eu
version=$1 dir=$2
for python in python3.13 python3.12 python3.11 python3 missing; do
	if [ "$python" = missing ]; then
		echo "the tests run real Locust $version, which needs Python 3.11 or newer: install it (for example: apt-get install python3 python3-venv)" >&2
		exit 1
	fi
	if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
		break
	fi
done
# Built aside and moved, so that an interrupted installation is not taken for a whole one.
# A virtual environment knows its own path only in its scripts; "python -m" works after a move.
rm -rf "$dir" "$dir.new"
mkdir -p "$(dirname "$dir")"
"$python" -m venv "$dir.new" || {
	echo "making a virtual environment with $python did not work: install its venv module (for example: apt-get install python3-venv)" >&2
	exit 1
}
"$dir.new/bin/python" -m pip install --quiet --disable-pip-version-check "locust==$version"
mv "$dir.new" "$dir"
"$dir/bin/python" -c "import locust; assert locust.__version__ == '$version', locust.__version__"
