package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/pyimport"
)

// whatItLacks is the next step for a locustfile that ended because a module or a file
// that it has here is not in its pod; empty for any other end. Found here, it was
// imported or opened in a way that no scan sees; else the image lacks a package. A file of
// the load that hides a module of Python's own lacks what others look for in that.
func whatItLacks(exp *experiment.Experiment, output string) string {
	if exp.LoadPath == "" {
		return ""
	}
	if file, module := hides(exp, output); file != "" {
		return fmt.Sprintf("\n%s beside the locustfile hides Python's own module %s, which other packages import; give it another name", file, module)
	}
	folder := filepath.Dir(exp.LoadPath)
	if module := locust.MissingModule(output); module != "" {
		first, _, _ := strings.Cut(module, ".")
		for _, name := range []string{first + ".py", first} {
			if there(filepath.Join(folder, name)) {
				return fmt.Sprintf("\nthe pod has no module %s; %s is beside the locustfile: add it to spec.load.files, and deploy again", module, name)
			}
		}
		return fmt.Sprintf("\nthe image has no module %s, and no %s.py is beside the locustfile; build an image that has its package, and name it in spec.cluster.locustImage (docs/locust.md, \"Packages in a cluster\")", module, first)
	}
	if file := locust.MissingFile(output); file != "" && !filepath.IsAbs(file) && there(filepath.Join(folder, file)) {
		return fmt.Sprintf("\nthe pod has no file %s; it is beside the locustfile: add it to spec.load.files, and deploy again", file)
	}
	return ""
}

// hides is the neighbour that is imported instead of a module of Python's own, where the
// end of the output is that something is not in that.
func hides(exp *experiment.Experiment, output string) (file, module string) {
	module, _, _ = strings.Cut(locust.PoorModule(output), ".")
	if !pyimport.Standard(module) {
		return "", ""
	}
	for _, name := range []string{module + "/__init__.py", module + ".py"} {
		if slices.Contains(exp.NeighbourNames(), name) {
			return name, module
		}
	}
	return "", ""
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
