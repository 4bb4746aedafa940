package driver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/run/storetest"
)

// objects is an API server for ConfigMaps with its optimistic concurrency.
type objects struct {
	mu      sync.Mutex
	cms     map[string]*corev1.ConfigMap
	version int
	// onUpdate may fail an update before ("away", "forbidden") or after ("lost") it is done.
	onUpdate func(n int) string
	updates  int
}

func newObjects(names ...string) *objects {
	o := &objects{cms: map[string]*corev1.ConfigMap{}}
	for i, name := range names {
		o.cms[name] = &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Name: name, ResourceVersion: "1", Labels: map[string]string{manifests.LabelSlot: "0", manifests.LabelShard: strconv.Itoa(i)},
		}}
	}
	return o
}

var configMaps = schema.GroupResource{Resource: "configmaps"}

func (o *objects) Get(_ context.Context, name string, _ metav1.GetOptions) (*corev1.ConfigMap, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	cm, ok := o.cms[name]
	if !ok {
		return nil, apierrors.NewNotFound(configMaps, name)
	}
	return cm.DeepCopy(), nil
}

func (o *objects) Update(_ context.Context, cm *corev1.ConfigMap, _ metav1.UpdateOptions) (*corev1.ConfigMap, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.updates++
	how := ""
	if o.onUpdate != nil {
		how = o.onUpdate(o.updates)
	}
	switch how {
	case "away":
		return nil, errors.New("connection refused")
	case "forbidden": // by a server that does not know the Roles yet
		return nil, apierrors.NewForbidden(configMaps, cm.Name, errors.New("RBAC: role not found"))
	}
	if o.cms[cm.Name].ResourceVersion != cm.ResourceVersion {
		return nil, apierrors.NewConflict(configMaps, cm.Name, errors.New("it was changed"))
	}
	if n := size(cm); n > 1<<20 {
		return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprint(n))
	}
	o.version++
	cm = cm.DeepCopy()
	cm.ResourceVersion = fmt.Sprint("v", o.version)
	o.cms[cm.Name] = cm
	if how == "lost" {
		return nil, errors.New("unexpected EOF")
	}
	return cm.DeepCopy(), nil
}

func size(cm *corev1.ConfigMap) (n int) {
	for _, v := range cm.BinaryData {
		n += len(v)
	}
	for _, v := range cm.Data {
		n += len(v)
	}
	return n
}

// annotateInBackground is what results does while a run writes.
func (o *objects) annotateInBackground(name string) {
	cm, _ := o.Get(context.Background(), name, metav1.GetOptions{})
	annotate(cm, AnnotationDownloaded, "1")
	o.version++
	cm.ResourceVersion = fmt.Sprint("v", o.version)
	o.cms[name] = cm
}

func TestStoreConformance(t *testing.T) {
	storetest.Suite(t, func(*testing.T) storetest.Place {
		place := newObjects("j0", "j1")
		processes := 0
		return storetest.Place{NoSlices: true, Open: func() (run.Store, error) {
			processes++
			return OpenStore(t.Context(), StoreOptions{ConfigMaps: place, Shards: []string{"j0", "j1"}, Run: "r1", Writer: fmt.Sprint("pod-", processes)})
		}}
	})
}

func TestStoreConformanceWithVolume(t *testing.T) {
	storetest.Suite(t, func(t *testing.T) storetest.Place {
		place, dir := newObjects("j0"), t.TempDir()
		processes := 0
		return storetest.Place{Open: func() (run.Store, error) {
			processes++
			return OpenStore(t.Context(), StoreOptions{ConfigMaps: place, Shards: []string{"j0"}, Run: "r1", Writer: fmt.Sprint("pod-", processes), Dir: dir})
		}}
	})
}

// smallShard makes splitting cheap to test.
const smallShard = 8 << 10

func open(t *testing.T, o *objects, opts StoreOptions) *Store {
	t.Helper()
	opts.ConfigMaps, opts.MaxBytes = o, smallShard
	s, err := OpenStore(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// begin does what a run does first.
func begin(ctx context.Context, s *Store, h result.Header) error {
	_, err := s.Load(ctx)
	return errors.Join(err, s.Begin(ctx, h))
}

func testHeader(run string, n int) result.Header {
	h := result.Header{Format: result.Format, RunID: run, Created: time.Unix(1_800_000_000, 0).UTC(), Name: "it"}
	for i := range n {
		h.Keys = append(h.Keys, matrix.Key{Scenario: matrix.Scenario{Replicas: i + 1, Workers: 1, Users: 10}, Round: 1})
		h.Order = append(h.Order, i)
	}
	return h
}

// noisy is a record that does not compress well.
func noisy(h result.Header, i, bytes int) result.Record {
	random := rand.New(rand.NewPCG(1, uint64(i)))
	var reason strings.Builder
	for reason.Len() < bytes {
		fmt.Fprintf(&reason, "%016x", random.Uint64())
	}
	return result.Record{Key: h.Keys[i], Role: result.RoleGrid, Attempt: 1, Terminal: true, Status: result.Invalid, Reasons: []string{reason.String()}}
}

func TestStoreSplitsBySize(t *testing.T) {
	names := []string{"j0", "j1", "j2"}
	o := newObjects(names...)
	h := testHeader("r1", 40)
	s := open(t, o, StoreOptions{Shards: names, Run: "r1", Writer: "a"})
	if err := begin(t.Context(), s, h); err != nil {
		t.Fatal(err)
	}
	var want []result.Record
	var full error
	for i := range h.Keys {
		r := noisy(h, i, 2<<10) // about 1 KiB compressed
		if full = s.Append(t.Context(), r); full != nil {
			break
		}
		want = append(want, r)
		if i == 10 { // another process goes on
			s = open(t, o, StoreOptions{Shards: names, Run: "r1", Writer: "b", Dead: func(context.Context, string) bool { return true }})
			if _, err := s.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if full == nil || !strings.Contains(full.Error(), "3 ConfigMaps of the journal are full") {
		t.Errorf("error %v when all is full", full)
	}
	got, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Records); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(want) < 18 {
		t.Errorf("only %d records fit", len(want))
	}
	for name, cm := range o.cms {
		if n := size(cm); n > smallShard || n == 0 {
			t.Errorf("%s has %d bytes", name, n)
		}
	}
}

// TestStoreSurvivesEveryCrash ends the process before or after each of its
// updates, opens the run again, and looks that nothing is lost and nothing twice.
func TestStoreSurvivesEveryCrash(t *testing.T) {
	names := []string{"j0", "j1"}
	for crash := 1; ; crash++ {
		for _, how := range []string{"away", "lost"} {
			o := newObjects(names...)
			o.cms["j1"].Annotations = map[string]string{AnnotationRun: "old"} // of an older, longer run
			o.cms["j1"].BinaryData = map[string][]byte{journalKey: compress([]byte("{}\n"))}
			alive, cancel := context.WithCancel(t.Context())
			o.onUpdate = func(n int) string {
				if n < crash {
					return ""
				}
				cancel()
				return how
			}
			h := testHeader("r1", 3)
			kept := writeAll(alive, o, names, h)
			cancel()
			if crash > o.updates {
				return // it ran to its end
			}
			o.onUpdate = nil
			s := open(t, o, StoreOptions{Shards: names, Run: "r1", Writer: "b", Dead: func(_ context.Context, w string) bool { return w == "a" }})
			got, err := s.Load(t.Context())
			if err != nil {
				t.Fatalf("crash %d %s: %v", crash, how, err)
			}
			n := 0
			if got == nil {
				err = s.Begin(t.Context(), h)
			} else {
				n = len(got.Records)
			}
			if err != nil || n < kept || n > kept+1 {
				t.Errorf("crash %d %s: %d records after %d were kept: %v", crash, how, n, kept, err)
			}
		}
	}
}

// writeAll writes a run in two shards and returns how many records were acknowledged.
func writeAll(ctx context.Context, o *objects, names []string, h result.Header) (kept int) {
	s, err := OpenStore(ctx, StoreOptions{ConfigMaps: o, Shards: names, Run: "r1", Writer: "a", MaxBytes: smallShard})
	if err != nil || begin(ctx, s, h) != nil {
		return 0
	}
	for i := range h.Keys {
		if s.Append(ctx, noisy(h, i, 6<<10)) != nil {
			return kept
		}
		kept++
	}
	return kept
}

func TestStoreWaitsForTheServer(t *testing.T) {
	for _, how := range []string{"away", "lost", "forbidden"} {
		o := newObjects("j0")
		s := open(t, o, StoreOptions{Shards: []string{"j0"}, Run: "r1", Writer: "a"})
		h := testHeader("r1", 2)
		if err := begin(t.Context(), s, h); err != nil {
			t.Fatal(err)
		}
		failed := 0
		o.onUpdate = func(int) string {
			if failed++; failed == 1 {
				return how
			}
			return ""
		}
		o.annotateInBackground("j0")
		if err := s.Append(t.Context(), noisy(h, 0, 10)); err != nil {
			t.Errorf("%s: %v", how, err)
		}
		got, err := s.Load(t.Context())
		if err != nil || len(got.Records) != 1 {
			t.Errorf("%s: loaded %+v, %v", how, got, err)
		}
		if o.cms["j0"].Annotations[AnnotationDownloaded] != "1" {
			t.Errorf("%s: somebody's annotation is gone", how)
		}
	}
}

func TestStoreTakenOver(t *testing.T) {
	o := newObjects("j0")
	shards := []string{"j0"}
	first := open(t, o, StoreOptions{Shards: shards, Run: "r1", Writer: "a"})
	h := testHeader("r1", 2)
	if err := begin(t.Context(), first, h); err != nil {
		t.Fatal(err)
	}
	second := open(t, o, StoreOptions{Shards: shards, Run: "r1", Writer: "b", Dead: func(context.Context, string) bool { return true }})
	if err := first.Append(t.Context(), noisy(h, 0, 10)); err == nil || !strings.Contains(err.Error(), "was taken over by b") {
		t.Errorf("the first writer could go on: %v", err)
	}
	if err := first.Close(); err == nil && o.cms["j0"].Annotations[annotationWriter] != "b" {
		t.Error("the first writer's Close let the second one's place go")
	}
	if _, err := second.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := second.Append(t.Context(), noisy(h, 0, 10)); err != nil {
		t.Error(err)
	}
}

func TestStoreOverwritesAnOlderRun(t *testing.T) {
	o := newObjects("j0", "j1")
	shards := []string{"j0", "j1"}
	writeAll(t.Context(), o, shards, testHeader("r1", 3))
	dead := func(context.Context, string) bool { return true }
	s := open(t, o, StoreOptions{Shards: shards, Run: "r2", Writer: "b", Dead: dead})
	if got, err := s.Load(t.Context()); got != nil || err != nil {
		t.Fatalf("loaded %+v, %v of another run", got, err)
	}
	if slot, err := fetchSlot(t.Context(), o, shards); err != nil || slot.Run != "r1" || slot.Records != 3 {
		t.Errorf("opening changed the older run: %s with %d records, %v", slot.Run, slot.Records, err)
	}
	if err := s.Begin(t.Context(), testHeader("r2", 1)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(t.Context()); err != nil || got.Header.RunID != "r2" || len(got.Records) != 0 {
		t.Errorf("loaded %+v, %v", got, err)
	}
}
