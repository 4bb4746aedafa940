package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/ociimage"
)

// A recipe says how an image is made and from what.
type recipe struct {
	name string
	// key changes whenever the image would.
	key  string
	make func() (ociimage.Image, error)
}

// images writes the archives whose inputs changed and returns all of them, by name.
func (t *testbed) images(recipes ...recipe) (map[string]string, error) {
	archives := map[string]string{}
	for _, r := range recipes {
		path, err := t.archive(r)
		if err != nil {
			return nil, err
		}
		archives[r.name] = path
	}
	return archives, nil
}

// printImages writes the images that the tests need in any cluster.
func (t *testbed) printImages() error {
	if err := t.findCheckout(); err != nil {
		return err
	}
	recipes, err := t.testRecipes()
	if err != nil {
		return err
	}
	archives, err := t.images(recipes...)
	for _, path := range archives {
		fmt.Println(path)
	}
	return err
}

// allImages writes what printImages does, and the parts that run as pods of our own cluster.
func (t *testbed) allImages() (map[string]string, error) {
	bin, err := t.bin()
	if err != nil {
		return nil, err
	}
	recipes, err := t.testRecipes()
	if err != nil {
		return nil, err
	}
	for _, part := range []string{"pause", "coredns", "metrics-server"} {
		r, err := staticRecipe(filepath.Join(bin, part))
		if err != nil {
			return nil, err
		}
		recipes = append(recipes, r)
	}
	return t.images(recipes...)
}

// testRecipes are our programs, the services that tests load, and Python Locust.
func (t *testbed) testRecipes() ([]recipe, error) {
	ours := filepath.Join(t.cache, "images", "bin")
	if err := t.buildOurs(ours); err != nil {
		return nil, err
	}
	locust, err := t.locustRecipe()
	if err != nil {
		return nil, err
	}
	recipes := []recipe{locust}
	for _, program := range []string{"swarmgrid", "inference-sim", "shop"} {
		r, err := staticRecipe(filepath.Join(ours, program))
		if err != nil {
			return nil, err
		}
		recipes = append(recipes, r)
	}
	return recipes, nil
}

// buildOurs builds this checkout's programs as they go into images.
func (t *testbed) buildOurs(dir string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", dir+"/", "./cmd/...", "./examples/shop")
	cmd.Dir = t.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the programs for the images: %w\n%s", err, out)
	}
	return nil
}

func staticRecipe(program string) (recipe, error) {
	name := "swarmgrid.dev/" + filepath.Base(program) + ":dev"
	f, err := os.Open(program)
	if err != nil {
		return recipe{}, err
	}
	defer f.Close() // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return recipe{}, fmt.Errorf("reading %s: %w", program, err)
	}
	return recipe{name: name, key: hex.EncodeToString(sum.Sum(nil)), make: func() (ociimage.Image, error) {
		return ociimage.Static(name, runtime.GOARCH, program), nil
	}}, nil
}

// archive returns the image's archive, written anew only when its key changed.
func (t *testbed) archive(r recipe) (string, error) {
	base := filepath.Join(t.cache, "images", strings.NewReplacer("/", "_", ":", "_").Replace(r.name))
	path, keyFile := base+".tar", base+".key"
	old, err := os.ReadFile(keyFile)
	if err == nil && string(old) == r.key {
		return path, nil
	}
	t.say("writing image %s", r.name)
	img, err := r.make()
	if err != nil {
		return "", err
	}
	_ = os.Remove(keyFile) // an archive without a key is written again
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	if err := errors.Join(ociimage.Write(f, img), f.Close()); err != nil {
		return "", err
	}
	return path, os.WriteFile(keyFile, []byte(r.key), 0o644)
}

// load imports into the cluster what it does not have yet.
func (t *testbed) load(archives map[string]string) error {
	for name, path := range archives {
		key, err := os.ReadFile(strings.TrimSuffix(path, ".tar") + ".key")
		if err != nil {
			return err
		}
		mark := t.in("images", filepath.Base(path)+".key")
		if have, err := os.ReadFile(mark); err == nil && bytes.Equal(have, key) {
			continue
		}
		if _, err := t.ctr("images", "import", path); err != nil {
			return fmt.Errorf("loading image %s: %w", name, err)
		}
		if err := writeFile(mark, string(key)); err != nil {
			return err
		}
	}
	return nil
}
