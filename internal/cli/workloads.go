package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/look"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/local"
	"github.com/swarmgrid/swarmgrid/internal/platform/local/balancer"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// newHolder names a new run after the moment at which it began.
func newHolder() platform.Holder {
	random := make([]byte, 2)
	_, _ = rand.Read(random) // never fails
	host, _ := os.Hostname()
	return platform.Holder{
		Run:    time.Now().UTC().Format("20060102-150405-") + hex.EncodeToString(random),
		Detail: fmt.Sprintf("process %d on %s", os.Getpid(), host),
	}
}

// spareFiles are the open files of a driver and a worker besides the users' connections.
const spareFiles = 256

// checkLocal finds, all at once, what would otherwise fail only when the load starts, and
// compiles the swarmfile. A locustfile is imported unless nothing is to be tried.
func checkLocal(ctx context.Context, exp *experiment.Experiment, opts *runOptions, env *Env) (*httpuser.Program, error) {
	s := subject(env, exp, opts.python)
	s.NoImport = opts.look.look == preflight.LookNever
	checked := look.Check(ctx, s)
	if len(checked.Findings) > 0 {
		return nil, usageError{&lookError{checked.Findings}}
	}
	opts.python = checked.Python
	most := 0
	for _, c := range exp.Axes.Cells() {
		most = max(most, c.Users)
	}
	return checked.Program, local.CheckOpenFiles(most*balancer.FilesPerConnection + spareFiles)
}

// targetWorkload is the workload of a target on this machine; nil for one that is not
// started here.
func targetWorkload(exp *experiment.Experiment) *local.Workload {
	target := exp.LoadMatrix.Spec.Target
	if target.Process == nil {
		return nil
	}
	return &local.Workload{
		Command: exp.Command(), Env: target.Process.Env, Dir: exp.ProcessDir(),
		ReadyPath: target.Ready.Path, ReadyTimeout: target.Ready.Timeout.Duration, NotReady: notReady,
	}
}

// loadProcesses is what the load's processes are given.
type loadProcesses struct {
	file, python string
	// secrets go into the workers' environment, and nowhere else.
	secrets map[string]string
}

// newLocalPlatform describes the workloads of an experiment on this machine. Its
// placeholders are those of local.Workload.
func newLocalPlatform(env *Env, exp *experiment.Experiment, dir string, load loadProcesses) (platform.Platform, error) {
	target := exp.LoadMatrix.Spec.Target
	cfg := local.Config{
		RunDir:    dir,
		LockDir:   filepath.Join(orElse(env.CacheDir, env.TempDir), "swarmgrid", "locks"),
		TargetURL: target.URL,
		Balance:   map[v1alpha1.Balance]string{v1alpha1.BalanceRoundRobin: balancer.RoundRobin, v1alpha1.BalanceRandom: balancer.Random}[target.Balance],
		Self:      []string{env.Executable, "balancer"},
	}
	if target.Process != nil {
		cfg.TargetURL, cfg.LoadedURL = "", target.URL
		cfg.Target = targetWorkload(exp)
	}
	if exp.LoadMatrix.Spec.Load.MasterURL == "" {
		cfg.Master, cfg.Worker = loadWorkloads(env, exp.LoadMatrix.Spec.Load.Engine, load)
	}
	p, err := local.New(cfg)
	if err != nil {
		return nil, usageError{err} // what is wrong comes from the experiment
	}
	return p, nil
}

// loadWorkloads are the commands of the load's master and workers. Both engines take the
// same options; only the program differs, and ours can be named after its log.
func loadWorkloads(env *Env, engine v1alpha1.Engine, load loadProcesses) (master, worker *local.Workload) {
	masterCmd, workerCmd := []string{env.Executable, "master"}, []string{env.Executable, "worker"}
	ready := locust.HealthPath
	if engine == v1alpha1.EngineLocust {
		masterCmd, workerCmd = []string{load.python, "-m", "locust", "--master"}, []string{load.python, "-m", "locust", "--worker"}
		ready = "/" // there is no health route (locust-protocol.md 25)
	}
	masterCmd = append(masterCmd, "-f", load.file, "--web-host", "127.0.0.1", "--web-port", "{{port}}",
		"--master-bind-host", "127.0.0.1", "--master-bind-port", "{{port2}}")
	workerCmd = append(workerCmd, "-f", load.file, "--master-host", "127.0.0.1", "--master-port", "{{master.port2}}")
	if engine == v1alpha1.EngineSwarm {
		workerCmd = append(workerCmd, "--name", "{{replica}}")
	}
	master = &local.Workload{Command: masterCmd, ReadyPath: ready, ReadyTimeout: masterTimeout, Explain: explainMaster}
	worker = &local.Workload{Command: workerCmd, Secrets: load.secrets}
	if engine == v1alpha1.EngineLocust {
		// As in a cluster: a locustfile that opens "users.csv" means its own folder, and
		// what it imports later is looked for where Locust was started.
		master.Dir, worker.Dir = filepath.Dir(load.file), filepath.Dir(load.file)
	}
	return master, worker
}

// masterTimeout is a little less than a run waits for its master, so that the message has
// the master's last words.
const masterTimeout = 55 * time.Second

// notReady is what can be done about a target that does not become ready.
const notReady = "spec.target.ready.path says what is asked: write one that is answered 2xx or 3xx, as in `ready: {path: /}`; spec.target.ready.timeout says for how long"

// explainMaster recognises a Python master that cannot be driven.
func explainMaster(output string) string {
	if !locust.Headless(output) {
		return ""
	}
	return "Locust runs without its web interface, by which it is driven; take headless out of locust.conf, ~/.locust.conf, pyproject.toml or the environment (LOCUST_HEADLESS)"
}
