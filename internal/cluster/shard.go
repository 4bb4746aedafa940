package cluster

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// The annotations on a journal's ConfigMaps.
const (
	// annotationRun is the run whose lines a shard holds. A shard of another run is empty.
	annotationRun = "swarmgrid.dev/run"
	// annotationWriter is the process that may write; empty when there is none.
	annotationWriter = "swarmgrid.dev/writer"
	// annotationCreated is when the run began, on the first shard.
	annotationCreated = "swarmgrid.dev/created"
	// annotationDownloaded is, on the first shard, how many records have been
	// fetched, or discarded.
	annotationDownloaded = "swarmgrid.dev/downloaded"
)

// discarded is the value of annotationDownloaded on results that nobody wants.
const discarded = "discarded"

// journalKey is the journal's part in a ConfigMap: gzip, as a person can read it with
// kubectl get -o jsonpath='{.binaryData.journal\.jsonl\.gz}' | base64 -d | gunzip.
const journalKey = "journal.jsonl.gz"

// maxUnpacked bounds what a damaged shard may unpack to.
const maxUnpacked = 256 << 20

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
	lines, err := io.ReadAll(io.LimitReader(r, maxUnpacked))
	if err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s: %w", cm.Name, err)
	}
	return lines, nil
}

// Slot is one run that is kept in the cluster.
type Slot struct {
	Number int
	// Run is its id; empty when the slot holds nothing.
	Run     string
	Created time.Time
	// Writer is the process that has it open.
	Writer string
	// Journal is as in a run's directory.
	Journal []byte
	// Records counts the attempts: what was measured, not what was amended.
	Records int
	// Downloaded is how many records have been fetched; -1 for never.
	Downloaded int
}

// Wanted tells whether there are results that nobody has fetched.
func (s Slot) Wanted() bool { return s.Records > max(s.Downloaded, 0) }

// readSlot puts the shards of a slot, in their order, together.
func readSlot(shards []*corev1.ConfigMap) (Slot, error) {
	first := shards[0]
	s := Slot{Run: first.Annotations[annotationRun], Writer: first.Annotations[annotationWriter], Downloaded: -1}
	s.Number, _ = strconv.Atoi(first.Labels[manifests.LabelSlot])
	s.Created, _ = time.Parse(time.RFC3339, first.Annotations[annotationCreated]) // zero sorts as the oldest
	for i, cm := range shards {
		if i > 0 && cm.Annotations[annotationRun] != s.Run {
			break // of an older run
		}
		lines, err := uncompress(cm)
		if err != nil {
			return s, err
		}
		s.Journal = append(s.Journal, lines...)
	}
	s.Records = bytes.Count(s.Journal, []byte("\n{\"record\":"))
	switch mark := first.Annotations[annotationDownloaded]; mark {
	case "":
	case discarded:
		s.Downloaded = s.Records
	default:
		if n, err := strconv.Atoi(mark); err == nil {
			s.Downloaded = n
		}
	}
	return s, nil
}

// readSlots sorts the journals' ConfigMaps into slots, the newest run first.
func readSlots(list []corev1.ConfigMap) ([]Slot, error) {
	byNumber := map[string][]*corev1.ConfigMap{}
	for i := range list {
		n := list[i].Labels[manifests.LabelSlot]
		byNumber[n] = append(byNumber[n], &list[i])
	}
	var slots []Slot
	for _, shards := range byNumber {
		slices.SortFunc(shards, func(a, b *corev1.ConfigMap) int { return shardNumber(a) - shardNumber(b) })
		s, err := readSlot(shards)
		if err != nil {
			return nil, err
		}
		slots = append(slots, s)
	}
	slices.SortFunc(slots, func(a, b Slot) int { return b.Created.Compare(a.Created) })
	return slots, nil
}

func shardNumber(cm *corev1.ConfigMap) int {
	n, _ := strconv.Atoi(cm.Labels[manifests.LabelShard])
	return n
}
