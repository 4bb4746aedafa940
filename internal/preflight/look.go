package preflight

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// Look says how the target is tried.
type Look int

// LookFromThere sends requests from an existing worker's pod; LookWithPod creates a pod for it
// if there is none; LookNever sends none.
const (
	LookFromThere Look = iota
	LookWithPod
	LookNever
)

// Load is what a try sends: one of each of the users' requests.
type Load struct {
	// Swarmfile is the load's file for our workers.
	Swarmfile []byte
	// Try sends the swarmfile's requests to a base URL; nil if they have variables that only
	// the workers know.
	Try func(ctx context.Context, client *http.Client, base string) error
	// Authorized means that a request of it has an Authorization header.
	Authorized bool
	// ReadyPath is requested if the load is a locustfile, whose requests are not known.
	ReadyPath string
	// Client sends as users do, from the caller's own place.
	Client *http.Client
}

// TheTarget is the object of findings from a try.
const TheTarget = "the target"

// The words of what is not known, and what would know more.
const (
	unknown  = "cannot tell whether the target answers: %s"
	lookElse = "`swarmgrid deploy` creates workers that can check it, `plan --cluster --try` a pod for that"
)

// look sends the real thing once, from as near to where the load will come from as the
// caller can get. A target that is under a run's load is left alone.
func (p *preflight) look(ctx context.Context, f *Findings) {
	nothing := p.Load.Swarmfile == nil && p.Load.ReadyPath == ""
	switch {
	case p.Look == LookNever || p.cfg.TargetURL == "" || nothing || p.held:
		return
	case p.target != nil && p.target.Wanted == 0:
		f.note(TheTarget, "", unknown, p.target.String()+" has no replicas now")
		return
	case p.Inside:
		p.lookFromHere(ctx, f)
		return
	}
	looked, why := p.lookFromWorker(ctx, f)
	if !looked {
		p.lookByStandIn(ctx, f, why)
	}
}

// report turns the result of a try into a finding. A failure is a refusal if it is certain
// that the load would meet it. For a locustfile only one path was requested, which the load
// may never request, so that any response will do. Why says what kept us from a better place.
func (p *preflight) report(f *Findings, where, why string, status int, failure string, certain bool) {
	switch {
	case failure == "" && why != "":
		f.note(TheTarget, lookElse, "the target was checked %s, which is not the load's route: %s", where, why)
	case failure == "":
	case p.Load.ReadyPath != "" && status >= http.StatusBadRequest && status < http.StatusInternalServerError:
		f.note(TheTarget, anotherPath, "the target answers GET %s with %s (asked %s); the locustfile may ask for other things", p.Load.ReadyPath, failure, where)
	case !certain:
		f.note(TheTarget, lookElse, "the target does not answer %s: %s (asked %s, which is not the load's route, so the load may fare better%s)", p.asked(), failure, where, kubeapi.After(why))
	default:
		f.refuse(TheTarget, p.fixForTarget(), "the target does not answer %s: %s (asked %s)", p.asked(), failure, where)
	}
}

// anotherPath is what to write where a locustfile's target is asked for the wrong thing.
const anotherPath = "spec.target.ready.path is what is asked: write one that the target answers, as in `ready: {path: /}` below target"

// fixForTarget is what to do about a target that does not answer.
func (p *preflight) fixForTarget() string {
	const leave = "; --try=false skips this check"
	if why := p.noneReady(); why != "" {
		return why + leave
	}
	if p.Load.ReadyPath != "" {
		return anotherPath + ", or fix the target" + leave
	}
	return "fix the target or the load's file" + leave
}

// noneReady says that a target has no pod which could answer, and what waits for one;
// empty where it has, or that is not known.
func (p *preflight) noneReady() string {
	if p.target == nil {
		return ""
	}
	found := p.health(*p.target)
	if len(found) == 0 || slices.ContainsFunc(found, func(h health) bool { return h.Kind == kubeapi.Ready }) {
		return ""
	}
	text := fmt.Sprintf("no pod of %s is ready yet%s", p.target, kubeapi.After(p.trouble(*p.target)))
	if p.target.Ref.Kind == "Deployment" {
		text += fmt.Sprintf("; `kubectl rollout status deployment/%s -n %s` waits for them", p.target.Ref.Name, p.cfg.Namespace)
	}
	return text
}

func (p *preflight) asked() string {
	if p.Load.ReadyPath != "" {
		return "GET " + p.Load.ReadyPath
	}
	return "the load's requests"
}

// send makes the load's requests by a client and returns what is wrong with the answers.
func (p *preflight) send(ctx context.Context, client *http.Client, base string) (status int, failure string) {
	if p.Load.ReadyPath != "" {
		return get(ctx, client, base+p.Load.ReadyPath)
	}
	if err := p.Load.Try(ctx, client, base); err != nil {
		return 0, err.Error()
	}
	return 0, ""
}

// maxAnswer is how much of an answer is read.
const maxAnswer = 300

func get(ctx context.Context, client *http.Client, at string) (status int, failure string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return 0, err.Error()
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case resp.StatusCode >= http.StatusBadRequest:
		return resp.StatusCode, fmt.Sprintf("%s%s", resp.Status, kubeapi.After(strings.Join(strings.Fields(string(body)), " ")))
	case err != nil:
		return resp.StatusCode, err.Error()
	}
	return resp.StatusCode, ""
}
