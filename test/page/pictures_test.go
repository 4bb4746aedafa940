//go:build page

package page

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/swarmgrid/swarmgrid/test/page/browser"
)

var pictures = flag.Bool("pictures", false, "draw the pictures of docs/pictures again")

// mostBytes bounds what all pictures of the documentation take.
const mostBytes = 600_000

// TestPictures draws the pictures that README and docs show, of a simulated run of
// examples/demo.yaml. What they look like depends on the fonts of the machine.
func TestPictures(t *testing.T) {
	if !*pictures {
		t.Skip("make pictures runs it")
	}
	dir := filepath.Join("..", "..", "docs", "pictures")
	b := browser.Start(t)
	// A map of three columns is best seen in a small window.
	p := open(t, b, demo(), browser.View{Width: 660, Height: 2000, Scale: 2}, "")
	picture(t, dir, "map", p.Find("grid", "").Around(".card"), 1000)

	p = open(t, b, demo(), browser.View{Width: 900, Height: 4000, Scale: 2}, "#r=2&w=2&u=360")
	p.Find("region", "The answer").Call("function() { document.activeElement.blur() }")
	p.Settle()
	picture(t, dir, "answer", p.Find("region", "The answer"), 1000)
	picture(t, dir, "curves", p.Find("region", "Where it bends"), 1000)
	picture(t, dir, "cell", p.Find("region", "2 replicas, 2 workers, 360 users"), 850)
	sum := 0
	for _, f := range must(os.ReadDir(dir))(t) {
		sum += int(must(f.Info())(t).Size())
	}
	t.Logf("docs/pictures takes %d bytes, at most %d", sum, mostBytes)
	if sum > mostBytes {
		t.Error("that is too much")
	}
}

// picture draws a block, so many pixels of its height at most.
func picture(t *testing.T, dir, name string, block browser.Node, most float64) {
	t.Helper()
	path := filepath.Join(dir, name+".png")
	block.Shot(path, 12, most)
	shrink(t, path)
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// shrink writes a picture with the 256 colours that it has most of; every other becomes the
// nearest of those. Of flat colours and letters nobody sees the difference.
func shrink(t *testing.T, path string) {
	t.Helper()
	from := must(png.Decode(bytes.NewReader(must(os.ReadFile(path))(t))))(t)
	to := image.NewPaletted(from.Bounds(), commonest(from))
	index := map[color.Color]uint8{}
	for y := from.Bounds().Min.Y; y < from.Bounds().Max.Y; y++ {
		for x := from.Bounds().Min.X; x < from.Bounds().Max.X; x++ {
			c := from.At(x, y)
			i, ok := index[c]
			if !ok {
				i = uint8(to.Palette.Index(c))
				index[c] = i
			}
			to.SetColorIndex(x, y, i)
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, to); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func commonest(im image.Image) color.Palette {
	count := map[color.Color]int{}
	for y := im.Bounds().Min.Y; y < im.Bounds().Max.Y; y++ {
		for x := im.Bounds().Min.X; x < im.Bounds().Max.X; x++ {
			count[im.At(x, y)]++
		}
	}
	all := make(color.Palette, 0, len(count))
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.Color) int { return cmp.Or(count[b]-count[a], cmp.Compare(number(a), number(b))) })
	return all[:min(len(all), 256)]
}

// number orders colours that are as common.
func number(c color.Color) uint64 {
	r, g, b, a := c.RGBA()
	return uint64(r)<<48 | uint64(g)<<32 | uint64(b)<<16 | uint64(a)
}
