package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/swarmgrid/swarmgrid/internal/draft"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// requestFlags say what is sent to a URL, as curl's do.
type requestFlags struct {
	flags *pflag.FlagSet
	curl  draft.Curl
}

// requestFlagNames are the flags that mean nothing without a URL.
func requestFlagNames() []string {
	return []string{"request", "header", "data", "think", "request-timeout", "expect"}
}

func (o *requestFlags) addFlags(flags *pflag.FlagSet) {
	o.flags = flags
	under(flags, forURL, func(flags *pflag.FlagSet) {
		flags.StringVarP(&o.curl.Method, "request", "X", "", "`METHOD` of the request (default GET, with -d POST)")
		flags.StringArrayVarP(&o.curl.Headers, "header", "H", nil, "`HEADER` to send, as in 'Accept: application/json'; may be repeated")
		flags.StringArrayVarP(&o.curl.Data, "data", "d", nil, "`BODY`, or @FILE for that file's bytes; may be repeated, joined by &")
		flags.StringVar(&o.curl.Think, "think", "", "`TIME` between two requests of a user, as in 1s (default none)")
		flags.StringVar(&o.curl.Timeout, "request-timeout", "", "`TIME` that one request may take, as in 5s (default 60s)")
		flags.StringVar(&o.curl.Expect, "expect", "", "the one `STATUS` that is a success (default any below 400)")
	})
}

// given are the names of the flags that were given.
func (o *requestFlags) given() []string {
	var given []string
	for _, name := range requestFlagNames() {
		if f := o.flags.Lookup(name); f.Changed {
			given = append(given, "--"+name)
		}
	}
	return given
}

// asked is the experiment that was asked for, wherever it comes from.
type asked struct {
	source   experiment.Input
	settings []experiment.Setting
	// once is how it was drafted from a URL; nil for one in a file.
	once *draft.Once
}

func (a *asked) load() (*experiment.Experiment, error) { return a.source.Load(a.settings) }

// secrets are the values that workers get only through their environment.
func (a *asked) secrets() draft.Secrets {
	if a.once == nil {
		return nil
	}
	return a.once.Request.Secrets
}

// withSecrets is env with the secrets set, as for the workers.
func (a *asked) withSecrets(env *Env) *Env {
	out := *env
	out.LookupEnv = func(name string) (string, bool) {
		if value, ok := a.secrets()[name]; ok {
			return value, true
		}
		return env.LookupEnv(name)
	}
	return &out
}

// find resolves the FILE argument: a file, - for standard input, or a URL.
func (o *requestFlags) find(arg string, settings settingsFlags, env *Env) (*asked, error) {
	if isURL(arg) {
		return o.draft(arg, settings, env)
	}
	if given := o.given(); len(given) > 0 {
		return nil, usageError{fmt.Errorf("%s cannot be given with %s, only with a URL; what an experiment sends is in its load's file",
			strings.Join(given, ", "), what(arg))}
	}
	a := &asked{settings: settings.settings(env)}
	var err error
	if arg == "-" {
		a.source, err = experiment.FromReader("standard input", env.Stdin)
		return a, err
	}
	a.source, err = experiment.FromFile(arg)
	return a, didYouMeanURL(arg, err)
}

func what(arg string) string {
	if arg == "-" {
		return "standard input"
	}
	return arg
}

func isURL(arg string) bool {
	scheme, _, ok := strings.Cut(strings.ToLower(arg), "://")
	return ok && (scheme == "http" || scheme == "https")
}

// address is what a URL without its scheme looks like: a host with a port, a name that
// means this machine, or a dotted name that no experiment file has.
var address = regexp.MustCompile(`^(?i:localhost|\[[0-9a-f:.]+\]|[a-z0-9][a-z0-9.-]*(:[0-9]+|\.[a-z]{2,}|\.[0-9]+))(:[0-9]+)?([/?].*)?$`)

var experimentFile = regexp.MustCompile(`(?i)\.(ya?ml|json|txt|py)$`)

// didYouMeanURL suggests the URL that may have been meant by an argument that is no file.
func didYouMeanURL(arg string, err error) error {
	if _, statErr := os.Stat(arg); !errors.Is(statErr, os.ErrNotExist) {
		return err
	}
	scheme, rest, _ := strings.Cut(arg, ":")
	switch {
	case err == nil:
		return nil
	case isURL(scheme+"://") && rest != "":
		return usageError{fmt.Errorf("%w; did you mean %s://%s?", err, strings.ToLower(scheme), strings.TrimLeft(rest, "/"))}
	case strings.HasPrefix(rest, "//"):
		return usageError{fmt.Errorf("%w; a URL begins with http:// or https://", err)}
	case address.MatchString(arg) && !experimentFile.MatchString(arg):
		return usageError{fmt.Errorf("%w; did you mean http://%s?", err, arg)}
	}
	return err
}

// notForURLs are the settings of the environment about a cluster or a running master, which
// do not apply to a URL.
func notForURLs() []experiment.Field {
	return []experiment.Field{experiment.FieldTargetName, experiment.FieldWorkerName, experiment.FieldNamespace, experiment.FieldMasterURL}
}

func (o *requestFlags) draft(arg string, settings settingsFlags, env *Env) (*asked, error) {
	if err := o.refuseBesideURL(settings); err != nil {
		return nil, err
	}
	o.curl.URL, o.curl.ReadFile = arg, func(name string) ([]byte, error) { return readBody(name, env) }
	request, err := o.curl.Request()
	if err != nil {
		return nil, err
	}
	once := &draft.Once{Request: *request, LoadFile: settings.value("load")}
	if once.LoadFile != "" {
		once.Request.Base = arg // the base URL for all requests in the file
	}
	a := &asked{settings: settings.settings(env), once: once}
	a.settings = slices.DeleteFunc(a.settings, func(s experiment.Setting) bool {
		return !strings.HasPrefix(s.Origin, "--") && slices.Contains(notForURLs(), s.Field)
	})
	a.source, err = once.Source(a.settings)
	return a, err
}

// refuseBesideURL refuses what contradicts a URL argument.
func (o *requestFlags) refuseBesideURL(settings settingsFlags) error {
	given := o.given()
	switch {
	case settings.value("url") != "":
		return usageError{errors.New("--url and the URL both name the target; keep one")}
	case settings.value("master-url") != "":
		return usageError{errors.New("--master-url is a master with requests of its own, which a URL is not sent; give an experiment file with target.url")}
	case settings.value("load") != "" && len(given) > 0:
		return usageError{fmt.Errorf("--load and %s both say what is sent; keep one", strings.Join(given, ", "))}
	case settings.value("engine") == "locust" && settings.value("load") == "":
		return usageError{errors.New("--engine locust needs a locustfile; name it with --load")}
	}
	return nil
}

// readBody reads what -d @NAME names; - is standard input.
func readBody(name string, env *Env) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(env.Stdin, draft.MostData+1))
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("@%s: no such file", name)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("@%s: is not a regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, draft.MostData+1))
}
