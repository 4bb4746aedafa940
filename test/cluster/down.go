package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// down ends what up started, by its pid files, and takes away the pods' processes,
// mounts, network and packet filter rules, and the directory. Built parts and images
// stay in the cache. Without a cluster it does nothing.
func (t *testbed) down() error {
	if _, err := os.Stat(t.dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	steps := []func() error{
		t.endParts, t.endPods, t.endContainerd, t.endShims,
		t.unmount, removeNetwork, func() error { return removeChains("KUBE-", guardChain) }, t.restoreSysctls,
		removeCgroups, t.removeStrays, func() error { return os.RemoveAll(t.dir) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// endParts ends all but containerd, which the pods need for an orderly end. Nothing
// of the parts' state is kept, so none is given time.
func (t *testbed) endParts() error {
	processes := t.processes()
	order := names(processes)
	slices.Reverse(order)
	var failed error
	for _, name := range order {
		if name != "containerd" {
			failed = errors.Join(failed, processes[name].end(0))
		}
	}
	return failed
}

// endPods ends the containers.
func (t *testbed) endPods() error {
	if !t.processes()["containerd"].alive() {
		return nil
	}
	tasks, err := t.ctr("tasks", "list", "-q")
	if err != nil {
		return nil // a containerd that does not answer: the shims are ended below
	}
	if ids := strings.Fields(tasks); len(ids) > 0 {
		_, _ = t.ctr(append([]string{"tasks", "rm", "-f"}, ids...)...) // likewise
	}
	return nil
}

func (t *testbed) endContainerd() error { return t.processes()["containerd"].end(5 * time.Second) }

// endShims ends the remaining containerd shims: those that our containerd started have its
// socket in their arguments.
func (t *testbed) endShims() error {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return err
	}
	var failed error
	for _, file := range files {
		data, _ := os.ReadFile(file) // it may have ended
		argv := strings.Split(string(data), "\x00")
		if !strings.Contains(argv[0], "containerd-shim") || !slices.Contains(argv, t.socket()) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			continue
		}
		failed = errors.Join(failed, endFamily(pid))
	}
	return failed
}

// endFamily ends a shim after the containers' first processes, its children.
func endFamily(pid int) error {
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // it may have ended
	var failed error
	for _, field := range append(strings.Fields(string(children)), strconv.Itoa(pid)) {
		number, err := strconv.Atoi(field)
		if err != nil {
			continue
		}
		if stat, err := readStat(number); err == nil {
			failed = errors.Join(failed, process{PID: number, Born: stat.born}.end(0))
		}
	}
	return failed
}

// unmount unmounts everything inside our directory, the last first.
func (t *testbed) unmount() error {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(mounts)), "\n")
	slices.Reverse(lines)
	for _, line := range lines {
		fields := strings.Fields(line)
		if len(fields) > 4 && strings.HasPrefix(fields[4], t.dir+"/") {
			if err := syscall.Unmount(fields[4], syscall.MNT_DETACH); err != nil {
				return fmt.Errorf("unmounting %s: %w", fields[4], err)
			}
		}
	}
	return nil
}

// removeCgroups removes the groups that the kubelet made for pods; they are empty now.
func removeCgroups() error {
	var groups []string
	for _, pattern := range []string{"/sys/fs/cgroup/kubepods", "/sys/fs/cgroup/*/kubepods"} {
		roots, _ := filepath.Glob(pattern) // the pattern is well-formed
		for _, root := range roots {
			_ = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
				if err == nil && d.IsDir() {
					groups = append(groups, name)
				}
				return nil // a group may have gone
			})
		}
	}
	slices.Reverse(groups)
	return until(5*time.Second, "the pods' control groups to be empty", func() error {
		var failed error
		for _, group := range groups {
			if err := syscall.Rmdir(group); err != nil && !errors.Is(err, fs.ErrNotExist) {
				failed = err
			}
		}
		return failed
	})
}

// removeStrays removes what the kubelet and the network plugins leave in fixed places.
func (t *testbed) removeStrays() error {
	logs, _ := filepath.Glob("/var/log/containers/*.log") // the pattern is well-formed
	for _, link := range logs {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, t.dir+"/") {
			_ = os.Remove(link)
		}
	}
	if target, err := os.Readlink(usualSocket); err == nil && target == t.socket() {
		_ = os.Remove(usualSocket)
	}
	sandboxes, _ := filepath.Glob(t.in("containerd/root/io.containerd.grpc.v1.cri/sandboxes/*"))
	for _, sandbox := range sandboxes {
		results, _ := filepath.Glob("/var/lib/cni/results/*-" + filepath.Base(sandbox) + "-*")
		for _, file := range results {
			_ = os.Remove(file)
		}
	}
	const plugins = "/var/lib/kubelet/device-plugins"
	for _, name := range []string{plugins + "/kubelet.sock", plugins + "/kubelet_internal_checkpoint", plugins, filepath.Dir(plugins)} {
		_ = os.Remove(name) // a folder stays when others use it too
	}
	return nil
}
