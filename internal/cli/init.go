package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/draft"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
)

type initOptions struct {
	url        string
	process    string
	deployment string
	dir        string
	look       bool
	cluster    clusterFlags
}

func newInitCmd(env *Env) *cobra.Command {
	var opts initOptions
	cmd := &cobra.Command{
		Use:   "init [URL]",
		Short: "Write an experiment and a swarmfile to begin with",
		Long: `Write experiment.yaml and swarmfile.yaml for a target: a URL, a process that is
started on this machine, or a Deployment. They are short, have a comment where a
choice is to be made, and can be run as they are. No file is overwritten.

What there is is looked at: whether a health check answers, and what an OpenAPI
document at one of the usual paths (/openapi.json, /swagger.json, /v3/api-docs,
...) describes. Its GETs become tasks where the document has a value for each
parameter that must be given; what is left out is listed with the reason. A
process is started once for that, and ended. Of a Deployment the cluster tells
ports, Services in front, readiness probe and autoscaler, and a pod is looked at
through a forwarded port. --look=false asks no service and starts nothing.

A URL with a path is taken as the one request to send.`,
		Example: `  swarmgrid init http://127.0.0.1:8000
  swarmgrid init --process 'uvicorn app:app --port {{port}}'
  swarmgrid init --deployment shop -n default --dir shop`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := refuseEmpty(cmd, "process", "deployment", "dir"); err != nil {
				return err
			}
			return opts.one(args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runInit(cmd.Context(), &opts, env) },
	}
	flags := cmd.Flags()
	under(flags, forRun, func(flags *pflag.FlagSet) {
		flags.StringVar(&opts.process, "process", "", "`COMMAND` of one replica, with {{port}} where its port goes; NAME=VALUE before it for its environment")
		flags.StringVar(&opts.deployment, "deployment", "", "`NAME` of a Deployment in a cluster")
		flags.BoolVar(&opts.look, "look", true, "ask the service what it has; --look=false writes without that")
	})
	opts.cluster.addFlags(flags)
	under(flags, forOutput, func(flags *pflag.FlagSet) {
		flags.StringVar(&opts.dir, "dir", ".", "write to this `DIR`; it is made if need be")
	})
	return cmd
}

// one checks that there is exactly one target.
func (o *initOptions) one(args []string) error {
	targets := []string{o.process, o.deployment}
	for _, arg := range args {
		o.url = arg
		targets = append(targets, arg)
	}
	given := 0
	for _, t := range targets {
		if t != "" {
			given++
		}
	}
	if given != 1 {
		return usageError{errors.New("init needs one target: a URL, --process 'CMD --port {{port}}', or --deployment NAME; see `swarmgrid init --help`")}
	}
	if o.url != "" && !isURL(o.url) {
		return usageError{didYouMeanURL(o.url, fmt.Errorf("%s is not a URL as in http://127.0.0.1:8000", o.url))}
	}
	if u, err := url.Parse(o.url); err == nil && u.User != nil {
		return usageError{fmt.Errorf("%s: holds a user name or password; leave it out, and give the requests in %s an Authorization header, as in '{{env \"NAME\"}}'",
			u.Redacted(), draft.SwarmfileFile)}
	}
	return nil
}

func runInit(ctx context.Context, opts *initOptions, env *Env) error {
	files := []newFile{{path: filepath.Join(opts.dir, draft.SwarmfileFile)}, {path: filepath.Join(opts.dir, draft.ExperimentFile)}}
	next := fmt.Sprintf("see what it does with `swarmgrid plan %s`, or write elsewhere with --dir", files[1].path)
	for _, f := range files {
		if err := f.free(next); err != nil {
			return err
		}
	}
	project, found, first, err := opts.project(ctx, env)
	if err != nil {
		return err
	}
	for _, line := range append(found, project.Found()...) {
		_, _ = fmt.Fprintf(env.Stderr, "%s\n", line)
	}
	files[1].data, files[0].data, err = project.Files()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(opts.dir, 0o755); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	for _, f := range files { // the swarmfile first: the experiment names it
		if err := f.write(); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(env.Stdout, "wrote %s and %s\nnext: %s\n", files[1].path, files[0].path, opts.next(first, files[1].path))
	return err
}

// next is what to type after this, and before that what the target still needs.
func (o *initOptions) next(first, file string) string {
	if first != "" {
		first += ", then "
	}
	if o.deployment != "" {
		return first + fmt.Sprintf("swarmgrid all %s, and swarmgrid cleanup %s when you are done", file, file)
	}
	return fmt.Sprintf("swarmgrid plan %s, then swarmgrid run %s", file, file)
}

// project is what is to be written, what was found on the way, and the command that has to
// come first, if there is one.
func (o *initOptions) project(ctx context.Context, env *Env) (p draft.Project, found []string, first string, err error) {
	switch {
	case o.process != "":
		p, err = o.ofProcess(ctx, env)
	case o.deployment != "":
		return o.ofDeployment(ctx, env)
	default:
		p, err = o.ofURL(ctx)
	}
	return p, nil, "", err
}

func (o *initOptions) ofURL(ctx context.Context) (draft.Project, error) {
	request, err := draft.Curl{URL: o.url}.Request()
	if err != nil {
		return draft.Project{}, err
	}
	seen := draft.Seen{}
	if o.look {
		if seen, err = seeService(ctx, request.Base); err != nil {
			return draft.Project{}, fmt.Errorf("%w; start the service, or write without looking with --look=false", err)
		}
	}
	return draft.ProjectOfURL(*request, request.Task.Path == "/", seen), nil
}

func (o *initOptions) ofProcess(ctx context.Context, env *Env) (draft.Project, error) {
	command, err := draft.ParseCommand(o.process)
	if err != nil {
		return draft.Project{}, usageError{fmt.Errorf("--process: %w", err)}
	}
	seen := draft.Seen{}
	if o.look {
		_, _ = fmt.Fprintf(env.Stderr, "starting it once to look: %s\n", strings.Join(command.Args, " "))
		err = withReplica(ctx, env, command, func(base string) (err error) {
			seen, err = seeService(ctx, base)
			return err
		})
		if err != nil {
			return draft.Project{}, withNext(err, "fix that, or write without looking with --look=false")
		}
	}
	p := draft.ProjectOfProcess(command, seen)
	here, err := pathFrom(o.dir, ".")
	if err == nil && here != "." {
		p.Target.StartFrom(here)
	}
	return p, err
}

// withNext adds the next step to an error, before a log that it may end with.
func withNext(err error, next string) error {
	sep := "; "
	if strings.Contains(err.Error(), "\n") {
		sep = "\n"
	}
	return fmt.Errorf("%w%s%s", err, sep, next)
}

func (o *initOptions) ofDeployment(ctx context.Context, env *Env) (draft.Project, []string, string, error) {
	c, err := o.cluster.find(env)
	if err != nil {
		return draft.Project{}, nil, "", err
	}
	d, err := c.Describe(ctx, o.deployment)
	if err != nil {
		return draft.Project{}, nil, "", err
	}
	found, seen := d.Found(), draft.Seen{}
	if port := d.ListensOn(); o.look && port != 0 {
		base, closeIt, err := c.Reach(ctx, o.deployment, port)
		if err == nil {
			seen, err = seeService(ctx, base)
			closeIt()
		}
		if err != nil { // what the cluster said is enough to begin with
			found = append(found, fmt.Sprintf("its pods could not be asked for an OpenAPI document: %v", err))
		}
	}
	return draft.ProjectOfDeployment(d, seen), found, d.Expose(), nil
}

// lookTime bounds one request of a look.
const lookTime = 5 * time.Second

// seeService asks the service at a base URL what it has. It follows no redirects: they may
// lead to another service.
func seeService(ctx context.Context, base string) (draft.Seen, error) {
	client := httpuser.NewTryClient(lookTime)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer client.CloseIdleConnections()
	return draft.Look(ctx, func(ctx context.Context, path string) (draft.Answer, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			return draft.Answer{}, err
		}
		req.Header.Set("User-Agent", "swarmgrid")
		resp, err := client.Do(req)
		if err != nil {
			return draft.Answer{}, fmt.Errorf("nothing answers at %s: %w", base, causeOf(err))
		}
		defer func() { _ = resp.Body.Close() }()
		// What cannot be read to its end is no document; the status is known already.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, draft.MostDocument+1))
		return draft.Answer{Status: resp.StatusCode, Body: body}, ctx.Err()
	})
}

// causeOf leaves out the request's URL, which has been mentioned.
func causeOf(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
