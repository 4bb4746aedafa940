package driver

import (
	"bytes"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// FuzzSlot: what is in a ConfigMap either is a journal's text, within its bounds and the
// same when it is packed again, or is told of.
func FuzzSlot(f *testing.F) {
	header, err := result.EncodeHeader(testHeader("r", 1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("r", "1", compress(header))
	f.Add("../r", "", compress(append(header, "{\"record\":{}}\n"...)))
	f.Add("", "discarded", []byte("no gzip"))
	f.Add("r", "-5", compress(header)[:20])
	f.Fuzz(func(t *testing.T, run, downloaded string, packed []byte) {
		cm := corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "j", Annotations: map[string]string{
			AnnotationRun: run, AnnotationDownloaded: downloaded,
		}}, BinaryData: map[string][]byte{journalKey: packed}}
		s := ReadSlots([]corev1.ConfigMap{cm})[0]
		journal, err := s.Journal()
		if (err != nil) != (s.Damage != nil) {
			t.Fatalf("damage %v, error %v", s.Damage, err)
		}
		if s.Damage != nil {
			return
		}
		if len(journal) != s.Size || len(journal) > maxUnpacked || s.Run != "" && !PlainName(s.Run) {
			t.Fatalf("%d bytes of run %q, %d were counted", len(journal), s.Run, s.Size)
		}
		cm.BinaryData[journalKey] = compress(journal)
		if again, err := ReadSlots([]corev1.ConfigMap{cm})[0].Journal(); err != nil || !bytes.Equal(again, journal) {
			t.Errorf("packed again it is another, %v", err)
		}
		_, _ = result.DecodeJournal(journal)
	})
}
