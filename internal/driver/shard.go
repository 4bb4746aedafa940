package driver

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// The annotations on a journal's ConfigMaps.
const (
	// AnnotationRun is the run whose lines a shard holds. A shard of another run is empty.
	AnnotationRun = "swarmgrid.dev/run"
	// annotationWriter is the process that may write; empty when there is none.
	annotationWriter = "swarmgrid.dev/writer"
	// annotationCreated is when the run began, on the first shard.
	annotationCreated = "swarmgrid.dev/created"
	// AnnotationDownloaded is, on the first shard, how many records have been
	// fetched, or discarded.
	AnnotationDownloaded = "swarmgrid.dev/downloaded"
)

// Discarded is the value of AnnotationDownloaded on results that were given up.
const Discarded = "discarded"

// journalKey holds a part of the journal, gzipped; a person can read it with
// kubectl get -o jsonpath='{.binaryData.journal\.jsonl\.gz}' | base64 -d | gunzip.
const journalKey = "journal.jsonl.gz"

// Larger contents were not written by a run: a ConfigMap holds at most 1 MiB, and records
// compress to about a tenth. The bounds keep whoever may write ConfigMaps from exhausting
// the memory of their readers.
const (
	maxUnpacked = 64 << 20  // of one shard
	maxJournal  = 512 << 20 // of a slot
)

func compress(lines []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(lines) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

func uncompress(cm *corev1.ConfigMap) ([]byte, error) {
	data := cm.BinaryData[journalKey]
	if len(data) == 0 {
		return nil, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s: %w", cm.Name, err)
	}
	lines, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	if err == nil && len(lines) > maxUnpacked {
		err = fmt.Errorf("it unpacks to more than %d MiB, so it is not part of a journal", maxUnpacked>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s: %w", cm.Name, err)
	}
	return lines, nil
}

// Slot is a run whose results are kept in the cluster.
type Slot struct {
	Number int
	// Run is its id; empty for an empty slot.
	Run     string
	Created time.Time
	// Writer is the process that has it open.
	Writer string
	// Size is the journal's length in bytes.
	Size int
	// Records counts the attempts, not the amendments.
	Records int
	// Measured counts the attempts that have completed their window.
	Measured int
	// Downloaded is how many records have been fetched; -1 for never.
	Downloaded int
	// Damage is why the journal cannot be read; the other slots can be.
	Damage error
	// shards are the ConfigMaps of this run.
	shards []*corev1.ConfigMap
}

// First is the name of its first ConfigMap.
func (s Slot) First() string { return s.shards[0].Name }

// Journal is the text of the journal, as in a run's directory.
func (s Slot) Journal() ([]byte, error) {
	if s.Damage != nil {
		return nil, s.Damage
	}
	journal := make([]byte, 0, s.Size)
	for _, cm := range s.shards {
		lines, err := uncompress(cm)
		if err != nil {
			return nil, err
		}
		journal = append(journal, lines...)
	}
	return journal, nil
}

// Wanted tells whether there are results that have not been downloaded and would be missed.
// A run that has measured nothing has none; a damaged journal may hold some.
func (s Slot) Wanted() bool {
	return !s.Fetched() && (s.Measured > 0 || s.Damage != nil)
}

// Fetched tells whether all there is was downloaded, or discarded.
func (s Slot) Fetched() bool {
	return s.Records <= max(s.Downloaded, 0) && (s.Damage == nil || s.Downloaded >= 0)
}

// readSlot looks through the shards of a slot, which are in their order.
func readSlot(shards []*corev1.ConfigMap) Slot {
	first := shards[0]
	s := Slot{Run: first.Annotations[AnnotationRun], Writer: first.Annotations[annotationWriter], Downloaded: -1}
	s.Number, _ = strconv.Atoi(first.Labels[manifests.LabelSlot])
	s.Created, _ = time.Parse(time.RFC3339, first.Annotations[annotationCreated]) // zero sorts as the oldest
	for _, cm := range shards {
		if cm.Annotations[AnnotationRun] != s.Run {
			break // of an older run
		}
		if s.Damage = s.add(cm); s.Damage != nil {
			break
		}
	}
	if s.Run != "" && !PlainName(s.Run) { // it becomes a folder's
		s.Damage = fmt.Errorf("reading ConfigMap %s: the run's id is %q, which is no file's name", first.Name, s.Run)
	}
	switch mark := first.Annotations[AnnotationDownloaded]; mark {
	case "":
	case Discarded:
		s.Downloaded = s.Records
	default:
		if n, err := strconv.Atoi(mark); err == nil {
			s.Downloaded = n
		}
	}
	return s
}

// add counts what the next shard has.
func (s *Slot) add(cm *corev1.ConfigMap) error {
	lines, err := uncompress(cm)
	if err != nil {
		return err
	}
	if s.Size+len(lines) > maxJournal {
		return fmt.Errorf("reading ConfigMap %s: with it the journal unpacks to more than %d MiB, so no run has written it", cm.Name, maxJournal>>20)
	}
	for line := range bytes.Lines(lines) {
		if !bytes.HasPrefix(line, []byte(`{"record":`)) {
			continue
		}
		s.Records++
		if bytes.Contains(line, []byte(`"measured"`)) { // a key: in a text the quotes are escaped
			s.Measured++
		}
	}
	s.Size += len(lines)
	s.shards = append(s.shards, cm)
	return nil
}

// PlainName tells whether a name from the cluster is safe as a file name.
func PlainName(name string) bool {
	return filepath.IsLocal(name) && filepath.Base(name) == name && !strings.ContainsAny(name, `/\:`)
}

// ReadSlots sorts the journals' ConfigMaps into slots, the newest run first.
func ReadSlots(list []corev1.ConfigMap) []Slot {
	byNumber := map[string][]*corev1.ConfigMap{}
	for i := range list {
		n := list[i].Labels[manifests.LabelSlot]
		byNumber[n] = append(byNumber[n], &list[i])
	}
	var slots []Slot
	for _, shards := range byNumber {
		slices.SortFunc(shards, func(a, b *corev1.ConfigMap) int { return shardNumber(a) - shardNumber(b) })
		slots = append(slots, readSlot(shards))
	}
	slices.SortFunc(slots, func(a, b Slot) int { return b.Created.Compare(a.Created) })
	return slots
}

func shardNumber(cm *corev1.ConfigMap) int {
	n, _ := strconv.Atoi(cm.Labels[manifests.LabelShard])
	return n
}
