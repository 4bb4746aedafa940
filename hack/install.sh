#!/bin/sh
# Build the programs into a folder, and say whether a shell finds them there.
set -eu
mkdir -p "$1"
dir=$(cd "$1" && pwd)
GOBIN=$dir go install ./cmd/...
echo "installed in $dir: $(ls cmd | xargs)"

found=$(command -v swarmgrid || true)
if [ "$found" -ef "$dir/swarmgrid" ]; then
	echo "it is on the PATH: try swarmgrid --help"
	exit
elif [ -n "$found" ]; then
	echo "the PATH leads to another swarmgrid, $found; to have this one come first, run"
else
	echo "it is not on the PATH; to put it there, run"
fi
line="export PATH=\"$dir:\$PATH\""
now=$line
case ${SHELL:-} in
*/bash) echo "  echo '$line' >> ~/.bashrc" ;;
*/zsh) echo "  echo '$line' >> ~/.zshrc" ;;
*/fish)
	echo "  fish_add_path '$dir'"
	now="set -gx PATH '$dir' \$PATH"
	;;
*) echo "  echo '$line' >> ~/.profile" ;;
esac
echo "and open a new shell; for this one, run"
echo "  $now"
