package draft

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Target is what is loaded: one of URL, Command and Deployment, or a Deployment behind URL.
type Target struct {
	URL     string
	Command []string
	Env     map[string]string
	// Dir is where Command runs, relative to the experiment; empty for the experiment's own folder.
	Dir        string
	Deployment string
	// Notes are comments on it.
	Notes []string
	// ReadyPath is probed on every replica; empty for the default. ReadyNote says why.
	ReadyPath, ReadyNote string
	// Autoscaler is refuse or pause; AutoscalerNote says why. Empty for the default.
	Autoscaler, AutoscalerNote string
}

func (t Target) write(p *page) {
	p.line("  target:")
	p.comment("    ", t.Notes...)
	if t.URL != "" {
		p.line("    url: %s", scalar(t.URL))
	}
	if t.Deployment != "" {
		p.line("    scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %s}", scalar(t.Deployment))
	}
	if len(t.Command) > 0 {
		t.process(p)
	}
	if t.ReadyPath != "" {
		p.comment("    ", nonEmpty(t.ReadyNote)...)
		p.line("    ready: {path: %s}", scalar(t.ReadyPath))
	}
	if t.Autoscaler != "" {
		p.comment("    ", nonEmpty(t.AutoscalerNote)...)
		p.line("    autoscaler: %s", scalar(t.Autoscaler))
	}
}

func (t Target) process(p *page) {
	p.line("    process:")
	p.line("      command: %s", strs(t.Command))
	if t.Dir != "" {
		p.line("      dir: %s", scalar(t.Dir))
	}
	if len(t.Env) > 0 {
		p.line("      env:")
	}
	for _, name := range slices.Sorted(maps.Keys(t.Env)) {
		p.line("        %s: %s", scalar(name), scalar(t.Env[name]))
	}
}

// StartFrom makes a command that was given in another folder work from the experiment's: dir
// is that folder, seen from there.
func (t *Target) StartFrom(dir string) {
	t.Dir = dir
	if program := t.Command[0]; strings.Contains(program, "/") && !filepath.IsAbs(program) {
		t.Command = append([]string{filepath.Join(dir, program)}, t.Command[1:]...)
	}
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
