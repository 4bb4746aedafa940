// Package browser opens a page in a real Chromium, as the person would who reads it: by eye, by
// keyboard, by screen reader and on paper. It needs the build tag page, so that nothing else
// has to compile the browser's protocol.
package browser
