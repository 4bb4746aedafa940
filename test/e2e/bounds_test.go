//go:build linux

package e2e

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// TestMasterIsBounded measures the memory of a master with two honest workers of a thousand
// tasks each, alone and with 62 peers that stop one byte short of 16 MiB and one that makes
// up names.
func TestMasterIsBounded(t *testing.T) {
	waitingTest(t)
	web, workers, pid := startMaster(t)
	hists := latencies(t)
	stop := make(chan struct{})
	defer close(stop)
	for i := range 2 {
		go reporting(t, workers, fmt.Sprint("honest_", i), stop, func(n, task int) string { return fmt.Sprint("/task/", task) }, hists)
	}
	waitFor(t, web+"/worker-count", `"worker_count": 2`)
	resp, err := http.Post(web+"/swarm", "application/x-www-form-urlencoded", strings.NewReader("user_count=2&spawn_rate=2"))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	honest := time.Now()
	time.Sleep(8 * time.Second)
	t.Logf("two honest workers: %d MiB after %s", peakMiB(t, pid), time.Since(honest).Round(time.Second))
	for i := range 62 {
		stopShort(t, workers, fmt.Sprint("short_", i), 16<<20)
	}
	go reporting(t, workers, "names_1", stop, func(n, task int) string { return fmt.Sprint("/", n, "/", task, strings.Repeat("x", 500)) }, hists)
	time.Sleep(8 * time.Second)
	waitFor(t, web+"/worker-count", `"worker_count": 3`)
	peak := peakMiB(t, pid)
	t.Logf("with the hostile ones: %d MiB", peak)
	if peak > 512 {
		t.Errorf("the master took %d MiB, want 512 at most", peak)
	}
}

// startMaster returns its web API's URL, its address for workers and its pid.
func startMaster(t *testing.T) (web, workers string, pid int) {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "swarmgrid"), "master", "--web-port", "0", "--master-bind-port", "0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if m := regexp.MustCompile(`web=(\S+) workers=(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			go func() {
				for lines.Scan() {
				}
			}()
			return "http://" + m[1], m[2], cmd.Process.Pid
		}
	}
	t.Fatal("the master does not say where it listens")
	return "", "", 0
}

func waitFor(t *testing.T, url, want string) {
	t.Helper()
	for range 300 {
		if resp, err := http.Get(url); err == nil {
			b := new(strings.Builder)
			_, _ = bufio.NewReader(resp.Body).WriteTo(b)
			_ = resp.Body.Close()
			if strings.Contains(b.String(), want) {
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s never says %s", url, want)
}

// latencies are encoded histograms of ten requests each.
func latencies(t *testing.T) (out [][]byte) {
	t.Helper()
	for range 20 {
		h := stats.NewHistogram()
		for range 10 {
			h.RecordN(1000+rand.Int64N(1_000_000), 1)
		}
		b, err := h.Encode()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// reporting is a worker that reports a thousand tasks each second.
func reporting(t *testing.T, addr, id string, stop <-chan struct{}, name func(n, task int) string, hists [][]byte) {
	d, err := wire.Dial(t.Context(), addr, id)
	if err != nil {
		t.Error(err)
		return
	}
	defer d.Close()
	send := func(typ string, data wire.Payload) { _ = d.Send(wire.Encode(typ, data, id)) }
	send(wire.TypeClientReady, wire.ClientReady{Version: "-1"})
	users := map[string]int{"A": 1}
	go func() {
		for {
			b, err := d.Recv(t.Context())
			if err != nil {
				return
			}
			if m, err := wire.DecodeMessage(b); err == nil && m.Type == wire.TypeSpawn {
				send(wire.TypeSpawning, nil)
				send(wire.TypeSpawningComplete, wire.SpawningComplete{UserClassesCount: users, UserCount: 1})
			}
		}
	}()
	for n := 0; ; n++ {
		second := time.Now().Unix()
		r := wire.Report{CompleteUntil: second, UserClassesCount: users, UserCount: 1}
		for i := range 1000 {
			part := func(j int) []byte { return hists[(3*i+j)%len(hists)] }
			r.Slices = append(r.Slices, wire.ReportSlice{Second: second - 1, Name: name(n, i), OK: part(0), Failed: part(1), InFlight: part(2)})
		}
		send(wire.TypeReport, r)
		send(wire.TypeHeartbeat, wire.Heartbeat{State: "running"})
		select {
		case <-stop:
			return
		case <-time.After(time.Second):
		}
	}
}

// stopShort connects a peer that sends all but the last byte of a message.
func stopShort(t *testing.T, addr, id string, size int) {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	greeting := make([]byte, 64)
	greeting[0], greeting[9], greeting[10] = 0xff, 0x7f, 3
	copy(greeting[12:], "NULL")
	ready := "\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00" + string([]byte{byte(len(id))}) + id
	b := append(greeting, 4, byte(len(ready)))
	b = append(b, ready...)
	b = append(b, 2)
	b = binary.BigEndian.AppendUint64(b, uint64(size))
	go func() {
		_, _ = nc.Write(b)
		_, _ = nc.Write(make([]byte, size-1))
	}()
}

// peakMiB is the most memory that a process ever had.
func peakMiB(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		t.Fatalf("no VmHWM in %s", b)
	}
	kib, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kib >> 10
}
