//go:build cluster

package kube

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestHistogramsOnAClaim keeps the histograms of every attempt on the volume, and
// results says where they are.
func TestHistogramsOnAClaim(t *testing.T) {
	t.Parallel()
	if os.Getenv(envTestbed) == "" {
		t.Logf("not our testbed: there is no way to look into its volumes")
		return
	}
	l := newLab(t, experiment{users: "[4, 6]", cluster: "    resultsClaim: histograms\n"})
	volume := l.claim("histograms")
	if said := l.run("all", "--out", "out").errors(); !strings.Contains(said, "the histograms stay on volume claim histograms") {
		t.Errorf("results does not say where the histograms are:\n%s", said)
	}
	journal := l.journal("out")
	l.wantSuccess(journal, 2)
	for _, r := range journal.Records {
		files, err := filepath.Glob(filepath.Join(volume, "*", filepath.FromSlash(r.Slices)))
		l.must(err)
		if r.Slices == "" || len(files) != 1 {
			t.Errorf("%v: slices %q are the files %v on the volume, want one", r.Key, r.Slices, files)
			continue
		}
		if info, err := os.Stat(files[0]); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v, %v", files[0], info, err)
		}
	}
	l.wantRestored()
}

// claim makes a volume claim bound to a directory of the node, which is this machine.
func (l *lab) claim(name string) (dir string) {
	l.t.Helper()
	dir = l.t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} { // the driver runs as nobody
		l.must(os.Chmod(d, 0o777))
	}
	size := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	modes := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	ctx, volumes := l.t.Context(), l.client.CoreV1().PersistentVolumes()
	_, err := volumes.Create(ctx, &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: l.ns},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: size, AccessModes: modes,
			ClaimRef:               &corev1.ObjectReference{Namespace: l.ns, Name: name},
			PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: dir}},
		},
	}, metav1.CreateOptions{})
	l.must(err)
	l.t.Cleanup(func() { _ = volumes.Delete(context.Background(), l.ns, metav1.DeleteOptions{}) }) // the testbed may be down
	_, err = l.client.CoreV1().PersistentVolumeClaims(l.ns).Create(ctx, &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: ptr(""), AccessModes: modes, VolumeName: l.ns,
			Resources: corev1.VolumeResourceRequirements{Requests: size},
		},
	}, metav1.CreateOptions{})
	l.must(err)
	return dir
}
