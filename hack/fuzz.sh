#!/bin/sh
# Run every fuzz target of the module for a while, one after the other.
# usage: fuzz.sh DURATION
set -eu
duration=$1
for file in $(grep -rl --include='*_test.go' '^func Fuzz' .); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "== $target in $(dirname "$file")"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$duration" "$(dirname "$file")"
	done
done
