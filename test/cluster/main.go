// Command cluster runs a real Kubernetes of one node on this machine, for tests: the
// parts are built from their Go modules, containers are Debian's containerd and runc,
// and images are written without Docker. docs/testbed.md says how to use it.
//
//	go run ./test/cluster up          build what is missing, start, wait until it works
//	go run ./test/cluster down        end what up started and take its traces away
//	go run ./test/cluster status      what runs, and its memory
//	go run ./test/cluster kubeconfig  print the path of the administrator's kubeconfig
//	go run ./test/cluster build       only build the parts
//	go run ./test/cluster images      only write the images; prints the archives
//	go run ./test/cluster stop PART   end one part, for a test of its absence
//	go run ./test/cluster start PART  start it again
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// testbed is what every command works on.
type testbed struct {
	// root is the checkout, cache is where built parts and images are kept.
	root, cache string
	// dir holds everything of the running cluster; down removes it.
	dir string
	// python has Locust installed; its packages go into the Locust image.
	python string
	// log gets one line per step.
	log io.Writer
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	t := &testbed{log: os.Stderr}
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	flags.StringVar(&t.cache, "cache", "", "where built parts and images are kept (default ~/.cache/swarmgrid-dev)")
	flags.StringVar(&t.python, "locust-python", "", "a Python with Locust installed (default the one that make test installs)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := t.complete(); err != nil {
		return err
	}
	return t.command(flags.Args())
}

func (t *testbed) complete() error {
	if t.cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		t.cache = filepath.Join(user, "swarmgrid-dev")
	}
	cache, err := filepath.Abs(t.cache)
	if err != nil {
		return err
	}
	t.cache, t.dir = cache, filepath.Join(cache, "cluster")
	if t.python == "" {
		t.python = filepath.Join(cache, "locust-"+locustVersion, "bin/python")
	}
	return nil
}

func (t *testbed) command(args []string) error {
	verb, part := "", ""
	switch {
	case len(args) == 1 && args[0] != "stop" && args[0] != "start":
		verb = args[0]
	case len(args) == 2 && (args[0] == "stop" || args[0] == "start"):
		verb, part = args[0], args[1]
	}
	switch verb {
	case "up":
		return t.locked(t.up)
	case "down":
		return t.locked(t.down)
	case "build":
		return t.locked(t.build)
	case "images":
		return t.locked(t.printImages)
	case "status":
		return t.status(os.Stdout)
	case "stop":
		return t.stop(part)
	case "start":
		return t.restart(part)
	case "kubeconfig":
		_, err := fmt.Println(t.kubeconfig())
		return err
	}
	return errors.New("usage: cluster [-cache DIR] [-locust-python PATH] up|down|status|kubeconfig|build|images|stop PART|start PART")
}

func (t *testbed) say(format string, args ...any) {
	fmt.Fprintf(t.log, format+"\n", args...)
}

// in is a path inside the running cluster's directory.
func (t *testbed) in(elem ...string) string {
	return filepath.Join(append([]string{t.dir}, elem...)...)
}
