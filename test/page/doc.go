// Package page looks at the page of reports in a real Chromium: at runs of every kind, by role
// and name, by keyboard, in light and dark, on a narrow screen and on paper. It has no code but
// tests, which need the tag page: `make page`, `make bench-page` and `make pictures`.
package page
