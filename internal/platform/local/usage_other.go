//go:build !linux

package local

import "errors"

func usedBy(map[int]string) (map[int]used, error) {
	return nil, errors.New("only Linux tells what a process group uses")
}
