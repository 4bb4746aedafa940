package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/look"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// lookError is everything that would make a run on this machine fail.
type lookError struct{ preflight.Findings }

// Error has a line for each.
func (e *lookError) Error() string {
	if len(e.Findings) == 1 {
		return e.Findings[0].String()
	}
	return matrix.Count(len(e.Findings), "thing") + " would make the run fail:\n  " + strings.Join(e.Lines(), "\n  ")
}

// subject is what a look at a target on this machine is about.
func subject(env *Env, exp *experiment.Experiment, python string) look.Subject {
	return look.Subject{
		Experiment: exp, Target: targetWorkload(exp),
		LookupEnv: env.LookupEnv, Python: python,
	}
}

// localLook is what plan --try found.
type localLook struct {
	found   preflight.Findings
	address string
	answers look.Answers
}

// planAndTry shows the plan, then what a look at the target on this machine finds.
func planAndTry(ctx context.Context, opts *planOptions, env *Env, exp *experiment.Experiment) error {
	if !opts.json {
		if err := showPlan(opts, env, exp); err != nil {
			return err
		}
	}
	l, err := lookLocally(ctx, opts, env, exp)
	if opts.json {
		return errors.Join(err, printPlanJSON(env.Stdout, exp, l.found, l.answers))
	}
	if len(l.answers) > 0 {
		_, _ = fmt.Fprintf(env.Stdout, "\none of each request, sent to %s:\n", l.address)
		err = errors.Join(printTried(env.Stdout, l.answers), err)
	}
	for _, note := range l.found.Notes() {
		_, _ = fmt.Fprintf(env.Stderr, "note: %s\n", note)
	}
	return err
}

// lookLocally finds everything that can be found in seconds. A replica that it starts
// has ended when it returns, and nothing is left of what it wrote.
func lookLocally(ctx context.Context, opts *planOptions, env *Env, exp *experiment.Experiment) (localLook, error) {
	checked := look.Check(ctx, subject(env, exp, opts.python))
	l := localLook{found: checked.Findings}
	wrong := len(l.found) > 0
	if err := masterAnswers(ctx, exp); err != nil {
		l.found = append(l.found, preflight.Finding{Refusal: true, Object: "spec.load.masterURL", Text: "spec.load.masterURL: " + err.Error(), Next: "name the web address of a Locust master, as in http://127.0.0.1:8089"})
	}
	if checked.Startable {
		if err := l.tryTarget(ctx, env, exp, checked); err != nil {
			if ctx.Err() != nil {
				return l, err
			}
			l.found = append(l.found, preflight.Finding{Refusal: true, Object: preflight.TheTarget, Text: err.Error()})
		}
	}
	l.judge(exp)
	l.untried(exp)
	refused := l.found.Refusals()
	switch {
	case len(refused) == 0:
		return l, l.partly()
	case wrong:
		return l, usageError{&lookError{refused}}
	}
	return l, &lookError{refused}
}

// partly is an error if some requests fail; run only reports that.
func (l *localLook) partly() error {
	n := 0
	for _, r := range l.answers.Failed() {
		if !r.Impatient {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d of %s failed; a run would go on, and count them as failures", n, matrix.Count(len(l.answers), "request"))
}

// masterAnswers checks that a master that already runs is there. What it sends is not tried.
func masterAnswers(ctx context.Context, exp *experiment.Experiment) error {
	url := exp.LoadMatrix.Spec.Load.MasterURL
	if url == "" {
		return nil
	}
	client, err := locust.NewClient(url, "")
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	_, err = client.Stats(ctx)
	return err
}

// untried says which parts of a load are not tried.
func (l *localLook) untried(exp *experiment.Experiment) {
	text := ""
	switch {
	case len(l.found.Refusals()) > 0 || exp.Swarmfile != nil:
		return
	case exp.LoadMatrix.Spec.Load.MasterURL != "":
		text = "the master answers; what it sends is not tried"
	case exp.LoadPath == "":
		text = "what the users of the built-in locustfile do is not tried"
	default:
		text = exp.LoadPath + " can be imported; what its users do is not tried"
	}
	l.found = append(l.found, preflight.Finding{Object: "the load", Text: text})
}

// judge adds what the answers say. A load is not refused if some of it succeeds.
func (l *localLook) judge(exp *experiment.Experiment) {
	onlyFail := l.answers.OnlyFail()
	for _, r := range l.answers.Failed() {
		l.found = append(l.found, preflight.Finding{
			Refusal: onlyFail, Object: preflight.TheTarget, Text: look.Text(r), Next: advice(look.Answers{r}, exp),
		})
	}
	for _, r := range l.answers.Redirected() {
		l.found = append(l.found, preflight.Finding{Object: preflight.TheTarget, Text: look.TextOfRedirect(r), Next: meant(r)})
	}
}

// tryTarget starts a replica, or uses what runs already, and sends the requests.
func (l *localLook) tryTarget(ctx context.Context, env *Env, exp *experiment.Experiment, checked look.Checked) error {
	dir, err := os.MkdirTemp(env.TempDir, "swarmgrid-try-")
	if err != nil {
		return fmt.Errorf("making a directory for the look: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	p, err := newLocalPlatform(env, exp, dir, loadProcesses{python: orElse(checked.Python, "python3")})
	if err != nil {
		return err
	}
	if exp.LoadMatrix.Spec.Target.Process != nil {
		_, _ = fmt.Fprintf(env.Stderr, "starting one replica of the target to look at it\n")
	}
	err = run.Look(ctx, run.Options{
		Experiment: exp, Platform: p, Holder: newHolder(),
		Look: func(ctx context.Context, address string) (err error) {
			l.address = address
			say := func(text string) { _, _ = fmt.Fprintln(env.Stderr, text) }
			if checked.Program == nil {
				l.reach(ctx, exp, address, say)
				return nil
			}
			l.answers, err = look.Ask(ctx, checked.Program, address, say)
			return err
		},
	})
	return withoutLogs(err, dir)
}

// reach notes that nobody is at the target, for a load that may send elsewhere.
func (l *localLook) reach(ctx context.Context, exp *experiment.Experiment, address string, say func(string)) {
	if err := look.Reach(ctx, address, say); err != nil {
		l.found = append(l.found, preflight.Finding{Object: preflight.TheTarget, Text: err.Error(), Next: "start the target, or fix " + urlName(exp)})
	}
}

// withoutLogs removes from a message the logs in a directory that is about to be deleted.
func withoutLogs(err error, dir string) error {
	if err == nil {
		return nil
	}
	text := regexp.MustCompile(` \(`+regexp.QuoteMeta(dir)+`[^)]*\)`).ReplaceAllString(err.Error(), "")
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}

// slowStart is how long a first replica may take before the user is told what is waited for.
const slowStart = 3 * time.Second

// firstLook is what run does before it writes or loads anything: it refuses a load in which
// nothing can succeed, and reports single requests that fail.
func firstLook(exp *experiment.Experiment, program *httpuser.Program, show progress) (see func(context.Context, string) error, ready func()) {
	waiting := time.AfterFunc(slowStart, func() {
		show.say("waiting for a first replica of the target to be ready (spec.target.ready), to look at it before the load")
	})
	return func(ctx context.Context, address string) error {
		waiting.Stop()
		if program == nil {
			if err := look.Reach(ctx, address, show.say); err != nil {
				show.say("note: " + err.Error())
			}
			return ctx.Err()
		}
		return lookBeforeLoad(ctx, exp, program, show, address)
	}, func() { waiting.Stop() }
}

func lookBeforeLoad(ctx context.Context, exp *experiment.Experiment, program *httpuser.Program, show progress, address string) error {
	answers, err := look.Ask(ctx, program, address, show.say)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case answers.OnlyFail():
		return fmt.Errorf("nothing was measured, because every request that the load would make fails (each was sent to %s):\n  %s\n%s; --try=false leaves this look out",
			address, answers.Text(), advice(answers, exp))
	}
	for _, r := range answers.Failed() {
		show.say("note: a request that the load will make fails: " + look.Text(r))
	}
	for _, r := range answers.Redirected() {
		show.say("note: " + look.TextOfRedirect(r) + "; " + meant(r))
	}
	return nil
}

// meant says how to tell that a redirect is, or is not, what the load is about.
func meant(r httpuser.Tried) string {
	return fmt.Sprintf("give the task that address, or, if the redirect is meant, say so with `expect: {status: %d}` (--expect %d)", r.Status, r.Status)
}
