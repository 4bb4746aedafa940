// Command image writes the image of a static program as an archive, without Docker:
//
//	image NAME PROGRAM ARCHIVE
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/swarmgrid/swarmgrid/internal/ociimage"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: image NAME PROGRAM ARCHIVE")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func write(name, program, archive string) error {
	f, err := os.Create(archive)
	if err != nil {
		return err
	}
	return errors.Join(ociimage.Write(f, ociimage.Static(name, arch(), program)), f.Close())
}

// arch is the processor that the program was built for: Go's own variable says so.
func arch() string {
	if arch := os.Getenv("GOARCH"); arch != "" {
		return arch
	}
	return runtime.GOARCH
}
