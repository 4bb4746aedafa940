//go:build !race

package memtest

const racing = false
