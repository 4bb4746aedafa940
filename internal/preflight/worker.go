package preflight

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/streaming/pkg/httpstream"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// lookTime bounds a look from a pod: every request may take callTime.
const lookTime = time.Minute

// Exec runs a command in a pod's container and returns what it printed.
type Exec func(ctx context.Context, pod, container string, command []string, stdin []byte) (stdout []byte, err error)

// Tried is what the command in a pod prints, in one line of JSON.
type Tried struct {
	// Tried distinguishes it from other output.
	Tried bool `json:"tried"`
	// Status is the answer's, where there was one request.
	Status int `json:"status,omitempty"`
	// Error is empty when all went well.
	Error string `json:"error,omitempty"`
}

// lookFromWorker tries the target from a worker's pod, whose network, policies and variables
// are the load's. If it cannot, it says why.
func (p *preflight) lookFromWorker(ctx context.Context, f *Findings) (looked bool, why string) {
	if p.cfg.Worker == "" {
		return false, "" // somebody else's master has somebody else's workers
	}
	exec := kubeapi.Right{Verb: "create", Resource: "pods", Subresource: "exec"}
	if ok, no, err := p.facts.May(ctx, exec); err != nil || !ok {
		return false, fmt.Sprintf("checking it from a worker needs the right to %s in namespace %s, which is missing%s", exec, p.cfg.Namespace, kubeapi.After(no))
	}
	if driver := p.driving(); driver != "" {
		return false, fmt.Sprintf("a run of this experiment is using its workers (pod %s)", driver)
	}
	pod, why := p.worker()
	if pod == nil && p.Look == LookWithPod {
		return p.lookFromOwnPod(ctx, f)
	}
	if pod == nil {
		return false, why
	}
	return p.lookFrom(ctx, f, pod.Name)
}

// driving is the pod of a driver that may be using the experiment's workers, on whatever
// target; empty where there is none.
func (p *preflight) driving() string {
	for i := range p.pods {
		pod := &p.pods[i]
		if p.ours(pod) && pod.Labels[manifests.LabelComponent] == manifests.ComponentDriver && kubeapi.Alive(pod) {
			return pod.Name
		}
	}
	return ""
}

// ours tells the experiment's own pods from those of another with the same names.
func (p *preflight) ours(pod *corev1.Pod) bool {
	return pod.Labels[manifests.LabelExperiment] == p.Experiment
}

// worker is a worker's pod of this experiment that is ready and has the variables that the
// run's will have.
func (p *preflight) worker() (pod *corev1.Pod, why string) {
	w, ok := p.roles[platform.Worker]
	selector, err := labels.Parse(w.Selector)
	if !ok || err != nil || w.Selector == "" {
		return nil, "" // their absence is reported elsewhere
	}
	others := ""
	for i := range p.pods {
		pod := &p.pods[i]
		if !kubeapi.Alive(pod) || !selector.Matches(labels.Set(pod.Labels)) || kubeapi.Diagnose(pod).Kind != kubeapi.Ready {
			continue
		}
		if !p.ours(pod) {
			others = "the existing workers (pod " + pod.Name + ") are not this experiment's"
			continue
		}
		if !p.sameVariables(pod) {
			return nil, "the existing workers have other variables than the experiment"
		}
		return pod, ""
	}
	if others != "" {
		return nil, others
	}
	if text := p.trouble(w); text != "" {
		return nil, "no worker is ready: " + text
	}
	return nil, "there is no worker"
}

// sameVariables tells whether a pod has what the person sets for the workers. The
// command gets the target as an argument.
func (p *preflight) sameVariables(pod *corev1.Pod) bool {
	if p.Set == nil || p.Set.Worker == nil || len(pod.Spec.Containers) == 0 {
		return true
	}
	want := p.Set.Worker.Spec.Template.Spec.Containers[0]
	at := slices.IndexFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == want.Name })
	if at < 0 {
		return false
	}
	has := pod.Spec.Containers[at]
	for _, env := range want.Env {
		same := func(e corev1.EnvVar) bool { return e.Name == env.Name && e.Value == env.Value }
		if !strings.HasPrefix(env.Name, "LOCUST_") && !slices.ContainsFunc(has.Env, same) {
			return false
		}
	}
	source := func(e corev1.EnvFromSource) string {
		if e.SecretRef != nil {
			return "Secret " + e.SecretRef.Name
		}
		return "ConfigMap " + e.ConfigMapRef.Name
	}
	return slices.EqualFunc(want.EnvFrom, has.EnvFrom, func(a, b corev1.EnvFromSource) bool { return source(a) == source(b) })
}

// lookFrom runs the try in a pod. Why says why it could not be run.
func (p *preflight) lookFrom(ctx context.Context, f *Findings, pod string) (looked bool, why string) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	command := []string{"python3", "-c", pythonTry, p.cfg.TargetURL + p.Load.ReadyPath}
	if p.Load.ReadyPath == "" {
		command = []string{manifests.Program, "try", "--locustfile", "-", "--host", p.cfg.TargetURL}
	}
	out, err := p.Exec(ctx, pod, manifests.RoleWorker, command, p.Load.Swarmfile)
	var tried Tried
	for line := range bytes.Lines(out) {
		if json.Unmarshal(line, &tried) == nil && tried.Tried {
			p.report(f, "from pod "+pod, "", tried.Status, tried.Error, true)
			return true, ""
		}
	}
	if err == nil {
		err = errors.New("the command printed nothing")
	}
	return false, fmt.Sprintf("looking from pod %s: %v", pod, err)
}

// pythonTry is the look in an image that has Python and nothing of ours. Proxies in the
// variables are not Locust's way either.
const pythonTry = `import json, sys, urllib.error, urllib.request
open_ = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
said = {"tried": True}
try:
    said["status"] = open_(sys.argv[1], timeout=10).status
except urllib.error.HTTPError as e:
    said.update(status=e.code, error="%d %s" % (e.code, e.reason))
except Exception as e:
    said["error"] = str(getattr(e, "reason", e))
print(json.dumps(said))`

// exec works as kubectl exec: by WebSocket, with SPDY as the fallback for proxies without it.
func (p *preflight) exec(ctx context.Context, pod, container string, command []string, stdin []byte) ([]byte, error) {
	at := p.facts.Client().CoreV1().RESTClient().Post().Namespace(p.cfg.Namespace).Resource("pods").Name(pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Container: container, Command: command, Stdin: stdin != nil, Stdout: true, Stderr: true}, scheme.ParameterCodec).URL()
	socket, err := remotecommand.NewWebSocketExecutor(p.cfg.REST, "GET", at.String())
	if err != nil {
		return nil, fmt.Errorf("configuring exec: %w", err)
	}
	old, err := remotecommand.NewSPDYExecutor(p.cfg.REST, "POST", at)
	if err != nil {
		return nil, fmt.Errorf("configuring exec: %w", err)
	}
	either, err := remotecommand.NewFallbackExecutor(socket, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	if err != nil {
		return nil, fmt.Errorf("configuring exec: %w", err)
	}
	var out, errs bytes.Buffer
	streams := remotecommand.StreamOptions{Stdout: &out, Stderr: &errs}
	if stdin != nil {
		streams.Stdin = bytes.NewReader(stdin)
	}
	if err := either.StreamWithContext(ctx, streams); err != nil {
		return out.Bytes(), fmt.Errorf("%w%s", err, kubeapi.After(strings.Join(strings.Fields(errs.String()), " ")))
	}
	return out.Bytes(), nil
}
