package local

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/local/balancer"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
)

// TestMain lets the test binary play every process that the tests need.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if name, ok := strings.CutPrefix(os.Args[1], "helper:"); ok {
			if err := helper(name, os.Args[2:]); err != nil {
				fmt.Fprintln(os.Stderr, "helper:", err)
				os.Exit(3)
			}
			os.Exit(0)
		}
	}
	// The race detector's runtime would make every helper sleep for a second at exit.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func helper(name string, args []string) error {
	switch name {
	case "balancer":
		return balancer.Run(context.Background(), os.Stdin, os.Stdout)
	case "serve":
		return helperServe(args)
	case "sleep":
		time.Sleep(time.Hour)
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		time.Sleep(time.Hour)
	case "crash":
		fmt.Println("loading the model")
		fmt.Println(platformtest.CrashOutput)
		os.Exit(7)
	case "connect":
		conn, err := net.Dial("tcp4", args[0])
		if err != nil {
			return err
		}
		return conn.Close()
	case "driver":
		return helperDriver(args)
	case "limit":
		return helperLimit()
	default:
		return fmt.Errorf("no helper %q", name)
	}
	return nil
}

// helperServe is a small HTTP service whose readiness can be broken.
func helperServe(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	listen := flags.String("listen", "", "address")
	second := flags.String("second", "", "a second address to listen on")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *second != "" {
		if _, err := net.Listen("tcp4", *second); err != nil {
			return err
		}
	}
	var broken atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/pid", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getpid()) })
	mux.HandleFunc("/break", func(http.ResponseWriter, *http.Request) { broken.Store(true) })
	mux.HandleFunc("/mend", func(http.ResponseWriter, *http.Request) { broken.Store(false) })
	mux.HandleFunc("/env", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, os.Getenv(r.URL.Query().Get("name"))) })
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	return http.ListenAndServe(*listen, mux)
}

// helperDriver acquires a platform, starts the workloads, prints the target's
// address and waits to be killed.
func helperDriver(args []string) error {
	flags := flag.NewFlagSet("driver", flag.ContinueOnError)
	run := flags.String("run", "a", "run id")
	runDir := flags.String("run-dir", "", "run directory")
	lockDir := flags.String("lock-dir", "", "lock directory")
	script := flags.String("script", "", "a shell script as the worker")
	replicas := flags.Int("replicas", 0, "target replicas")
	churn := flags.Bool("churn", false, "scale up and down for ever, from the first moment")
	if err := flags.Parse(args); err != nil {
		return err
	}
	cfg := testConfig(*runDir, *lockDir)
	if *script != "" {
		cfg.Worker = &Workload{Command: []string{"sh", "-c", *script}}
	}
	p, err := New(cfg)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := p.Acquire(ctx, platform.Holder{Run: *run, Detail: "driver of " + *run}); err != nil {
		return err
	}
	for n := 0; *churn; n++ {
		err := errors.Join(p.Scale(ctx, platform.Target, n%4), p.Scale(ctx, platform.Worker, (n+1)%3))
		if err != nil {
			return err
		}
		time.Sleep(30 * time.Millisecond)
	}
	want := map[platform.Role]int{platform.Target: *replicas}
	if *script != "" {
		want[platform.Worker] = 1
	}
	if err := settleAll(ctx, p, want); err != nil {
		return err
	}
	url, err := p.Address(platform.Target)
	if err != nil {
		return err
	}
	fmt.Println(url)
	time.Sleep(time.Hour)
	return nil
}

func settleAll(ctx context.Context, p *Platform, want map[platform.Role]int) error {
	for role, n := range want {
		if err := p.Scale(ctx, role, n); err != nil {
			return err
		}
		deadline := time.Now().Add(patience)
		for {
			st, err := p.Status(ctx, role)
			if err != nil {
				return err
			}
			if st.Settled(n) {
				break
			}
			if time.Now().After(deadline) || st.Stuck != "" {
				return fmt.Errorf("%s is not settled: %+v", role, st)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return nil
}

// helperLimit shows what CheckOpenFiles does under a low limit.
func helperLimit() error {
	low := syscall.Rlimit{Cur: 64, Max: 256}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		return err
	}
	if err := CheckOpenFiles(200); err != nil {
		return err
	}
	out, err := exec.Command("sh", "-c", "ulimit -n").Output()
	if err != nil {
		return err
	}
	fmt.Printf("child has %s", out)
	err = CheckOpenFiles(10_000)
	var tooLow *OpenFilesError
	if !errors.As(err, &tooLow) {
		return fmt.Errorf("CheckOpenFiles(10000): %w", err)
	}
	fmt.Println(err)
	return nil
}

const patience = 20 * time.Second

// self is the command of a helper.
func self(name string, args ...string) []string {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return append([]string{exe, "helper:" + name}, args...)
}

// testConfig is a platform with quick times and three managed roles.
func testConfig(runDir, lockDir string) Config {
	serve := func(args ...string) *Workload {
		return &Workload{Command: self("serve", append([]string{"-listen", "127.0.0.1:{{port}}"}, args...)...), ReadyPath: "/healthz"}
	}
	return Config{
		RunDir: runDir, LockDir: lockDir,
		Target:       serve(),
		Master:       serve("-second", "127.0.0.1:{{port2}}"),
		Worker:       &Workload{Command: self("sleep")},
		Self:         self("balancer"),
		DrainTimeout: 300 * time.Millisecond,
		ProbePeriod:  20 * time.Millisecond,
		Backoff:      10 * time.Millisecond,
		KillGrace:    2 * time.Second,
	}
}
