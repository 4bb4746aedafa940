package ociimage

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestDockerfileMakesTheSame holds the Dockerfile to what Static puts into an image, and
// every base to a digest: what a tag means, its owner changes at will.
func TestDockerfileMakesTheSame(t *testing.T) {
	data, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	stages := regexp.MustCompile(`(?m)^FROM `).Split(string(data), -1)[1:]
	if len(stages) != 4 {
		t.Fatalf("%d stages", len(stages))
	}
	if !regexp.MustCompile(`^golang:[0-9.]+@sha256:[0-9a-f]{64} AS build\n`).MatchString(stages[0]) {
		t.Errorf("the base is not named by its digest: %.80s", stages[0])
	}
	for _, want := range []string{"cp " + caBundles()[0] + " /base" + path.Dir(caBundles()[0]), "chmod 1777 /base/tmp"} {
		if !strings.Contains(stages[0], want) {
			t.Errorf("the base has no %q", want)
		}
	}
	for _, stage := range stages[1:] {
		program := regexp.MustCompile(`/out/(\S+)`).FindStringSubmatch(stage)[1]
		img := Static("x", "amd64", "/out/"+program)
		for _, want := range []string{
			"scratch", "COPY --from=build /base/ /\n", " " + img.Files[0].Path + "\n", "WORKDIR " + img.Config.WorkingDir + "\n",
			"USER " + img.Config.User + "\n", `ENTRYPOINT ["` + img.Config.Entrypoint[0] + `"]`,
		} {
			if !strings.Contains(stage, want) {
				t.Errorf("%s: no %q in\n%s", program, want, stage)
			}
		}
	}
}
