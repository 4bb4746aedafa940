//go:build page

package page

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/test/page/browser"
	"github.com/swarmgrid/swarmgrid/test/page/runs"
)

// serve has `swarmgrid view` show a folder, and returns where.
func serve(t *testing.T, dir string) (origin string) {
	t.Helper()
	cmd := exec.Command(swarmgrid, "view", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimSpace(line), "/")
}

// folder has several runs.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, run := range map[string]func() *result.Run{"demo": demo, "rounds": rounds, "troubled": troubled, "hostile": hostile} {
		if err := runs.Write(filepath.Join(dir, name), run(), nil); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestViewer: the list of runs, one of them, and two side by side.
func TestViewer(t *testing.T) {
	dir := folder(t)
	origin := serve(t, dir)
	view := browser.Desktop()
	view.Origin = origin
	p := browser.Start(t).Open(t, origin+"/", view)
	p.Until(`document.querySelectorAll("table tbody tr").length === 4`)
	looksWell(t, p, view, "view-list")
	contains(t, "the list", p.Find("table", "Runs").Text(), "demo", "troubled", runs.Hostiles()[0])

	p.Find("link", "demo").Click()
	p.Until(`document.querySelector("#answer") !== null`)
	contains(t, "the run", p.Find("region", "The answer").Text(), "100 users")
	looksWell(t, p, view, "view-run")
	p.Find("link", "All runs").Click()
	p.Until(`document.querySelectorAll("table tbody tr").length === 4`)

	for _, name := range []string{"demo", "rounds"} {
		p.Find("checkbox", "Compare "+filepath.Join(dir, name)).Click()
	}
	p.Find("button", "Compare the two").Click()
	p.Until(`document.querySelector("#both") !== null`)
	contains(t, "the two", p.Find("region", "The same cells").Text(), "1 replica", "360 users")
	p.Find("region", "Every scenario")
	looksWell(t, p, view, "view-compare")
}

// looksWell looks at the page in light, in dark and on a narrow screen.
func looksWell(t *testing.T, p *browser.Page, v browser.View, name string) {
	t.Helper()
	narrow := v
	narrow.Width, narrow.Height = 320, 640
	for suffix, view := range map[string]browser.View{"": v, "-dark": v.InDark(), "-narrow": narrow} {
		p.Look(view)
		p.Settle()
		p.Shot(filepath.Join(shots, name+suffix+".png"))
		violations(t, p, name+suffix)
		fits(t, p, view.Width)
	}
	p.Look(v)
	p.Settle()
}
