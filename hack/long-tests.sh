#!/bin/sh
# Print a regular expression of the tests in test/e2e that `make test` leaves out: those that need
# the tag, and the kills, of which there is a long form.
set -eu
sed -n 's/^func \(Test[A-Za-z0-9]*\)(t .*/\1/p' $(grep -l '^//go:build .*e2e' test/e2e/*_test.go) |
	awk '{ all = all $0 "|" } END { print "^(" all "TestKills)$" }'
