#!/bin/sh
# Run every fuzz target of the module for a while, one after the other, and stop at the
# first that finds something.
# usage: fuzz.sh DURATION
set -eu
duration=$1
for file in $(grep -rl --include='*_test.go' '^func Fuzz' .); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "== $target in $(dirname "$file")"
		# Go tries to shorten each interesting input for as long as a minute, which leaves
		# none of the duration for new ones.
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$duration" -fuzzminimizetime 1x "$(dirname "$file")"
	done
done
