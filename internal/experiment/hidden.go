package experiment

import (
	"maps"
	"slices"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// NotKept stands for the value of an environment variable in the copy of an
// experiment that is kept with results: it may be a secret, and results get copied around.
const NotKept = "(not kept)"

// HideEnv returns lm without the values of environment variables.
func HideEnv(lm *v1alpha1.LoadMatrix) *v1alpha1.LoadMatrix {
	out := *lm
	if p := out.Spec.Target.Process; p != nil {
		process := *p
		process.Env = hide(p.Env)
		out.Spec.Target.Process = &process
	}
	for _, pod := range pods(&out) {
		pod.settings.Env = hide(pod.settings.Env)
	}
	return &out
}

func hide(env map[string]string) map[string]string {
	if len(env) == 0 {
		return env
	}
	out := map[string]string{}
	for name := range env {
		out[name] = NotKept
	}
	return out
}

// Hidden is the path of the first environment variable whose value HideEnv has removed;
// empty when there is none.
func Hidden(lm *v1alpha1.LoadMatrix) string {
	if p := lm.Spec.Target.Process; p != nil {
		if name := hiddenIn(p.Env); name != "" {
			return "spec.target.process.env." + name
		}
	}
	for _, pod := range pods(lm) {
		if name := hiddenIn(pod.settings.Env); name != "" {
			return "spec.cluster." + pod.field + ".env." + name
		}
	}
	return ""
}

func hiddenIn(env map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if env[name] == NotKept {
			return name
		}
	}
	return ""
}

// podSettings are those of one kind of pod.
type podSettings struct {
	field    string
	settings *v1alpha1.PodSettings
}

func pods(lm *v1alpha1.LoadMatrix) []podSettings {
	c := &lm.Spec.Cluster
	return []podSettings{{"master", &c.Master}, {"worker", &c.Worker}, {"driver", &c.Driver}}
}
