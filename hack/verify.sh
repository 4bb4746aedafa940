#!/bin/sh
# Generate everything again and fail if that changes the tree.
set -eu
before=$(git status --porcelain)
make --no-print-directory generate web
go mod tidy
unformatted=$(gofmt -l $(git ls-files '*.go'))
if [ -n "$unformatted" ]; then
	echo "not formatted; run gofmt -w on:" >&2
	echo "$unformatted" >&2
	exit 1
fi
after=$(git status --porcelain)
if [ "$before" != "$after" ] || { [ -n "${CI:-}" ] && [ -n "$after" ]; }; then
	echo "generated files are out of date; run make generate web and go mod tidy, and commit:" >&2
	git --no-pager diff --stat >&2
	git status --short >&2
	exit 1
fi
