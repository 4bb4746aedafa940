package driver

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/atomicfile"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// ConfigMaps is what a Store needs of the API server, a part of client-go's
// ConfigMapInterface.
type ConfigMaps interface {
	Get(ctx context.Context, name string, opts metav1.GetOptions) (*corev1.ConfigMap, error)
	Update(ctx context.Context, cm *corev1.ConfigMap, opts metav1.UpdateOptions) (*corev1.ConfigMap, error)
}

// StoreOptions say which ConfigMaps a run is kept in, and who writes.
type StoreOptions struct {
	ConfigMaps ConfigMaps
	// Shards are the ConfigMaps of the run's slot. They exist already.
	Shards []string
	// Run is the run's id. Begin overwrites what another run left in the shards.
	Run string
	// Writer identifies this process among all that ever open the shards.
	Writer string
	// Dead tells whether a writer that never closed is gone for good. Nil means never.
	Dead func(ctx context.Context, writer string) bool
	// Dir is a directory for histograms that outlives the pod; empty when there is none.
	Dir string
	// MaxBytes is how much of a ConfigMap is filled; default manifests.ShardBytes.
	MaxBytes int
}

// Store keeps a run's journal in ConfigMaps, in compressed parts of at most
// MaxBytes. Every line is one atomic update of one object.
//
// Every shard names its writer, and every update carries the resource version that it
// changes. So a second process cannot write, and one that was wrongly taken for dead notices
// at its next line.
type Store struct {
	StoreOptions
	shards []*corev1.ConfigMap
	// lines is the text of the shard that is being filled, which is last.
	lines  []byte
	last   int
	ledger result.Ledger
}

// OpenStore claims the shards for the writer. It is an error if another process
// that is not dead has them.
func OpenStore(ctx context.Context, opts StoreOptions) (*Store, error) {
	opts.MaxBytes = cmp.Or(opts.MaxBytes, manifests.ShardBytes)
	s := &Store{StoreOptions: opts, shards: make([]*corev1.ConfigMap, len(opts.Shards))}
	for i, name := range opts.Shards {
		if err := s.claim(ctx, i, name); err != nil {
			return nil, fmt.Errorf("opening the journal: %w", err)
		}
	}
	return s, nil
}

func (s *Store) claim(ctx context.Context, i int, name string) error {
	for {
		cm, err := s.get(ctx, name)
		if err != nil {
			return err
		}
		s.shards[i] = cm
		writer := cm.Annotations[annotationWriter]
		if writer == s.Writer {
			return nil
		}
		if writer != "" && (s.Dead == nil || !s.Dead(ctx, writer)) {
			return &BusyError{name, writer}
		}
		err = s.put(ctx, i, func(cm *corev1.ConfigMap) { annotate(cm, annotationWriter, s.Writer) })
		if !apierrors.IsConflict(err) {
			return err
		}
	}
}

// BusyError says that another process has the journal.
type BusyError struct{ ConfigMap, Writer string }

// Error names the process and what to do.
func (e *BusyError) Error() string {
	return fmt.Sprintf("ConfigMap %s is being written by %s; wait for it to end, or stop it", e.ConfigMap, e.Writer)
}

// Load implements run.Store.
func (s *Store) Load(context.Context) (*result.Run, error) {
	slot := readSlot(s.shards)
	if slot.Run != s.Run || slot.Size == 0 && slot.Damage == nil {
		return s.ledger.Load(nil)
	}
	journal, err := slot.Journal()
	if err != nil {
		return nil, err
	}
	run, err := s.ledger.Load(journal)
	if err != nil {
		return nil, fmt.Errorf("run %s in the ConfigMaps %s…: %w", s.Run, s.Shards[0], err)
	}
	for s.last+1 < len(s.shards) && s.shards[s.last+1].Annotations[AnnotationRun] == s.Run {
		s.last++
	}
	if s.lines, err = uncompress(s.shards[s.last]); err != nil {
		return nil, err
	}
	return run, nil
}

// Begin implements run.Store.
func (s *Store) Begin(ctx context.Context, h result.Header) error {
	return s.ledger.Begin(h, func(line []byte) error {
		return s.write(ctx, 0, line, func(cm *corev1.ConfigMap) {
			annotate(cm, annotationCreated, h.Created.UTC().Format(time.RFC3339))
			delete(cm.Annotations, AnnotationDownloaded)
		})
	})
}

// Append implements run.Store.
func (s *Store) Append(ctx context.Context, r result.Record) error {
	return s.ledger.Append(r, func([]byte) error {
		line, err := s.fit(r)
		if err != nil {
			return err
		}
		return s.add(ctx, line)
	})
}

// Amend implements run.Store.
func (s *Store) Amend(ctx context.Context, a result.Amendment) error {
	return s.ledger.Amend(a, func(lines []byte) error { return s.add(ctx, lines) })
}

// add writes lines, as one, to the shard that has room for them.
func (s *Store) add(ctx context.Context, line []byte) error {
	lines := append(bytes.Clone(s.lines), line...)
	shard := s.last
	if len(compress(lines)) > s.MaxBytes || len(lines) > maxUnpacked {
		shard, lines = shard+1, line
	}
	if shard == len(s.shards) {
		return fmt.Errorf("journaling: the %d ConfigMaps of the journal are full; a deploy with a larger matrix or more measure.attempts creates more", len(s.shards))
	}
	return s.write(ctx, shard, lines, func(*corev1.ConfigMap) {})
}

// write replaces a shard's text.
func (s *Store) write(ctx context.Context, shard int, lines []byte, also func(*corev1.ConfigMap)) error {
	data := compress(lines)
	ctx, cancel := context.WithTimeout(ctx, kubeapi.RetryTime)
	defer cancel()
	err := s.update(ctx, shard, data, func(cm *corev1.ConfigMap) {
		cm.BinaryData = map[string][]byte{journalKey: data}
		annotate(cm, AnnotationRun, s.Run)
		also(cm)
	})
	if err != nil {
		return fmt.Errorf("writing journal: %w", err)
	}
	s.last, s.lines = shard, lines
	return nil
}

// update changes a shard and retries while the API server does not answer. Before a retry
// it rereads the shard: its annotations may have changed, or an update whose response was
// lost may have succeeded.
func (s *Store) update(ctx context.Context, shard int, data []byte, edit func(*corev1.ConfigMap)) error {
	begin := time.Now()
	for {
		err := s.put(ctx, shard, edit)
		if err == nil || kubeapi.PermanentSince(err, begin) {
			return err
		}
		if !apierrors.IsConflict(err) {
			if sleepErr := kubeapi.Pause(ctx, kubeapi.RetryPause); sleepErr != nil {
				return err
			}
		}
		if done, err := s.refresh(ctx, shard, data); done || err != nil {
			return err
		}
	}
}

// refresh reads a shard again before another try. Done means that data is in it.
func (s *Store) refresh(ctx context.Context, shard int, data []byte) (done bool, err error) {
	cm, err := s.get(ctx, s.Shards[shard])
	if err != nil {
		return false, err
	}
	if writer := cm.Annotations[annotationWriter]; writer != s.Writer {
		return false, fmt.Errorf("ConfigMap %s was taken over by %s", cm.Name, orNobody(writer))
	}
	s.shards[shard] = cm
	return cm.Annotations[AnnotationRun] == s.Run && bytes.Equal(cm.BinaryData[journalKey], data), nil
}

// get reads a ConfigMap, waiting for an API server that is away.
func (s *Store) get(ctx context.Context, name string) (*corev1.ConfigMap, error) {
	begin := time.Now()
	for {
		cm, err := s.ConfigMaps.Get(ctx, name, metav1.GetOptions{})
		if err == nil || kubeapi.PermanentSince(err, begin) {
			return cm, kubeapi.Explain(err)
		}
		if kubeapi.Pause(ctx, kubeapi.RetryPause) != nil {
			return nil, err
		}
	}
}

// put makes one update of one version.
func (s *Store) put(ctx context.Context, shard int, edit func(*corev1.ConfigMap)) error {
	cm := s.shards[shard].DeepCopy()
	edit(cm)
	cm, err := s.ConfigMaps.Update(ctx, cm, metav1.UpdateOptions{FieldManager: kubeapi.FieldManager})
	if err == nil {
		s.shards[shard] = cm
	}
	return kubeapi.Explain(err)
}

const slicesDir = "slices"

// SaveSlices implements run.Store.
func (s *Store) SaveSlices(_ context.Context, name string, slices iter.Seq[stats.Slice]) (string, error) {
	if s.Dir == "" {
		return "", nil
	}
	if _, err := atomicfile.MkdirAll(filepath.Join(s.Dir, slicesDir)); err != nil {
		return "", fmt.Errorf("saving slices: %w", err)
	}
	ref := slicesDir + "/" + name + ".hlog"
	return ref, atomicfile.Write(filepath.Join(s.Dir, filepath.FromSlash(ref)), func(w io.Writer) error {
		return stats.WriteLog(w, slices)
	})
}

// LoadSlices implements run.Store.
func (s *Store) LoadSlices(_ context.Context, ref string) iter.Seq2[stats.Slice, error] {
	data, err := os.ReadFile(filepath.Join(s.Dir, filepath.FromSlash(ref)))
	if s.Dir == "" || err != nil {
		return func(yield func(stats.Slice, error) bool) {
			yield(stats.Slice{}, fmt.Errorf("reading slices: %w", errors.Join(err, errNoVolume)))
		}
	}
	return stats.ReadLog(bytes.NewReader(data))
}

var errNoVolume = errors.New("histograms are kept only on a volume; see cluster.resultsClaim")

// closeTime bounds Close, which must work after the run's context has ended.
const closeTime = 10 * time.Second

// Close implements run.Store.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	var errs []error
	for i := range s.shards {
		if s.shards[i].Annotations[annotationWriter] != s.Writer {
			continue
		}
		errs = append(errs, s.release(ctx, i))
	}
	return errors.Join(errs...)
}

func (s *Store) release(ctx context.Context, shard int) error {
	for {
		err := s.put(ctx, shard, func(cm *corev1.ConfigMap) { delete(cm.Annotations, annotationWriter) })
		if !apierrors.IsConflict(err) {
			return err
		}
		if _, err := s.refresh(ctx, shard, nil); err != nil {
			return err
		}
	}
}

func annotate(cm *corev1.ConfigMap, name, value string) {
	if cm.Annotations == nil {
		cm.Annotations = map[string]string{}
	}
	cm.Annotations[name] = value
}

func orNobody(writer string) string {
	if writer == "" {
		return "another process"
	}
	return writer
}
