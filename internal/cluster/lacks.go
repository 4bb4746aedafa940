package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// whatItLacks is the next step for a locustfile that ended because a module or a file
// that it has here is not in its pod; empty for any other end. Found here, it was
// imported or opened in a way that no scan sees; else the image lacks a package.
func whatItLacks(exp *spec.Experiment, output string) string {
	if exp.LoadPath == "" {
		return ""
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

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
