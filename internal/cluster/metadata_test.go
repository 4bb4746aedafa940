package cluster

import (
	"testing"

	metadatafake "k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"
)

// TestMetadataAreReadOnce: versions and needs name the same objects, and both engines' parts
// may name one. What a verb has read it does not read again.
func TestMetadataAreReadOnce(t *testing.T) {
	c, _ := fakeCluster(t)
	exp := readingExperiment(t)
	client, ok := versioned(t, map[string]string{"api-token": "1", "settings": "2"}).(*metadatafake.FakeMetadataClient)
	if !ok {
		t.Fatal("not a fake")
	}
	c.Metadata = client
	meta := c.metadata()
	set, _, err := c.deployable(t.Context(), exp, meta)
	if err != nil {
		t.Fatal(err)
	}
	c.needFindings(t.Context(), set, meta)
	c.readFindings(t.Context(), exp, meta)
	read := map[string]int{}
	for _, action := range client.Actions() {
		if get, ok := action.(clienttesting.GetAction); ok {
			read[get.GetResource().Resource+" "+get.GetName()]++
		}
	}
	if read["secrets api-token"] != 1 || read["configmaps settings"] != 1 {
		t.Errorf("read %v, want each object once", read)
	}
}
