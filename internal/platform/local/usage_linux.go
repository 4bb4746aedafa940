package local

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// tick is in what /proc counts processor time: Linux has had a hundred a second for every
// architecture that Go runs on.
const tick = time.Second / 100

// usedBy adds up the processes of each group. A process that ends moves its time to its parent
// when that reaps it, so that a group's sum does not shrink.
func usedBy(groups map[int]string) (map[int]used, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	out := map[int]used{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		group, u, err := readStat(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if _, ours := groups[group]; ours {
			sum := out[group]
			out[group] = used{sum.cpu + u.cpu, sum.memory + u.memory}
		}
	}
	return out, nil
}

// The fields of /proc/PID/stat after the command's name (proc(5)): the process group is the
// third, the times of the process and of its reaped children are the twelfth to fifteenth, the
// resident pages the twenty-second.
const (
	statGroup    = 2
	statTimes    = 11
	statResident = 21
)

func readStat(text []byte) (group int, u used, err error) {
	// The name may hold spaces and parentheses.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= statResident {
		return 0, used{}, fmt.Errorf("it has %d fields, want more than %d", len(fields), statResident)
	}
	number := func(i int) (n int64) {
		v, parseErr := strconv.ParseInt(string(fields[i]), 10, 64)
		if parseErr != nil {
			err = parseErr
		}
		return v
	}
	for i := range 4 {
		u.cpu += time.Duration(number(statTimes+i)) * tick
	}
	u.memory = number(statResident) * int64(os.Getpagesize())
	return int(number(statGroup)), u, err
}
