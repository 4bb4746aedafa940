package ociimage

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Media types and file names of the OCI image specification 1.1, and the
// docker-archive index of `docker save`.
const (
	mediaIndex    = "application/vnd.oci.image.index.v1+json"
	mediaManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaConfig   = "application/vnd.oci.image.config.v1+json"
	mediaLayer    = "application/vnd.oci.image.layer.v1.tar"

	layoutFile   = `{"imageLayoutVersion":"1.0.0"}`
	epoch        = "1970-01-01T00:00:00Z"
	nameOfImage  = "io.containerd.image.name"
	nameOfRef    = "org.opencontainers.image.ref.name"
	blobs        = "blobs/sha256/"
	dockerConfig = "manifest.json"
)

// descriptor names content by its digest.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

func (d descriptor) path() string { return blobs + strings.TrimPrefix(d.Digest, "sha256:") }

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

type history struct {
	Created   string `json:"created"`
	CreatedBy string `json:"created_by"`
}

type imageConfig struct {
	Created      string    `json:"created"`
	Architecture string    `json:"architecture"`
	OS           string    `json:"os"`
	Config       Config    `json:"config"`
	RootFS       rootFS    `json:"rootfs"`
	History      []history `json:"history"`
}

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

type index struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// blob is JSON content with the name that follows from it.
type blob struct {
	descriptor
	data []byte
}

func newBlob(mediaType string, value any) (blob, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return blob{}, err
	}
	sum := sha256.Sum256(data)
	return blob{descriptor{MediaType: mediaType, Digest: digest(sum[:]), Size: int64(len(data))}, data}, nil
}

func digest(sum []byte) string { return "sha256:" + hex.EncodeToString(sum) }

// measure computes the descriptor of what produce writes.
func measure(produce func(io.Writer) error) (descriptor, error) {
	sum := sha256.New()
	count := &counter{w: sum}
	if err := produce(count); err != nil {
		return descriptor{}, err
	}
	return descriptor{MediaType: mediaLayer, Digest: digest(sum.Sum(nil)), Size: count.n}, nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func writeArchive(w io.Writer, img Image, files []File, layer descriptor) error {
	config, err := newBlob(mediaConfig, imageConfig{
		Created: epoch, Architecture: img.Architecture, OS: "linux", Config: img.Config,
		RootFS:  rootFS{Type: "layers", DiffIDs: []string{layer.Digest}},
		History: []history{{Created: epoch, CreatedBy: "swarmgrid"}},
	})
	if err != nil {
		return err
	}
	man, err := newBlob(mediaManifest, manifest{2, mediaManifest, config.descriptor, []descriptor{layer}})
	if err != nil {
		return err
	}
	out := &archive{tar: tar.NewWriter(w)}
	out.bytes("oci-layout", []byte(layoutFile))
	out.bytes(config.path(), config.data)
	out.bytes(man.path(), man.data)
	out.layer(layer, files)
	out.json("index.json", index{2, mediaIndex, []descriptor{named(man.descriptor, img.Name)}})
	out.json(dockerConfig, []dockerImage{{config.path(), []string{img.Name}, []string{layer.path()}}})
	return out.close()
}

func named(d descriptor, name string) descriptor {
	_, tag, _ := strings.Cut(name[strings.LastIndex(name, "/")+1:], ":")
	d.Annotations = map[string]string{nameOfImage: name, nameOfRef: tag}
	return d
}

// archive writes a tar; after an error it only keeps the error.
type archive struct {
	tar *tar.Writer
	err error
}

func (a *archive) header(name string, size int64) {
	if a.err == nil {
		a.err = a.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: size, ModTime: time.Unix(0, 0)})
	}
}

func (a *archive) bytes(name string, data []byte) {
	a.header(name, int64(len(data)))
	if a.err == nil {
		_, a.err = io.Copy(a.tar, bytes.NewReader(data))
	}
}

func (a *archive) json(name string, value any) {
	data, err := json.Marshal(value)
	if a.err == nil {
		a.err = err
	}
	a.bytes(name, data)
}

func (a *archive) layer(d descriptor, files []File) {
	a.header(d.path(), d.Size)
	if a.err != nil {
		return
	}
	sum := sha256.New()
	a.err = writeLayer(io.MultiWriter(a.tar, sum), files)
	if a.err == nil && digest(sum.Sum(nil)) != d.Digest {
		a.err = fmt.Errorf("a source file changed while it was read")
	}
}

func (a *archive) close() error {
	if a.err != nil {
		return a.err
	}
	return a.tar.Close()
}
