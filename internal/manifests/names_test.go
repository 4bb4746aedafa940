package manifests

import (
	"fmt"
	"testing"
)

// TestOwnMaster: all names of the master's Service are the deployed master.
func TestOwnMaster(t *testing.T) {
	exp := decode(t, "metadata: {namespace: load}\nspec: {target: {scaleTargetRef: {name: inference}}}")
	service := exp.LoadMatrix.Spec.Cluster.Names.Service
	for url, want := range map[string]bool{
		"":                         true,
		"http://%s:8089":           true,
		"HTTP://%s.:8089/":         true,
		"http://%s.load:8089":      true,
		"http://%s.load.svc":       true,
		"http://%s.load.svc.c.d.":  true,
		"http://%s.other:8089":     false,
		"http://%s.load.example":   false,
		"http://other:8089":        false,
		"http://other.%s.load.svc": false,
	} {
		if url != "" {
			url = fmt.Sprintf(url, service)
		}
		if got := OwnMaster(exp, url); got != want {
			t.Errorf("OwnMaster(%s) = %t", url, got)
		}
	}
}

// TestShardsOfASearch: where all is close it is measured again and again, which must fit, too.
func TestShardsOfASearch(t *testing.T) {
	const text = "metadata: {name: x}\nspec:\n  target: {url: http://it:8000, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: it}}\n" +
		"  matrix: {replicas: [1, 2], workers: [1], users: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}\n  measure: {attempts: 1}\n  slo: [{metric: p95, below: 1s}]\n  answer: "
	for answer, want := range map[string]int{
		"grid":     2, // 20 scenarios
		"demand":   3, // about a third, each three times at worst, and checks
		"capacity": 3,
	} {
		if got := Shards(decode(t, text+answer)); got != want {
			t.Errorf("%s: %d ConfigMaps for %d scenarios, want %d", answer, got, scenarios(decode(t, text+answer)), want)
		}
	}
}

// TestRoomForARange: a search between two numbers of users has more scenarios than those two, for
// which there must be room and time.
func TestRoomForARange(t *testing.T) {
	const text = "metadata: {name: x}\nspec:\n  target: {url: http://it:8000, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: it}}\n" +
		"  measure: {attempts: 1}\n  slo: [{metric: p95, below: 1s}]\n  answer: capacity\n  matrix: {replicas: [1, 2, 3, 4], workers: [1], users: "
	list, ranged := decode(t, text+"[10, 2000]}"), decode(t, text+"{from: 10, to: 2000}}")
	if scenarios(ranged) < 4*3*7 || scenarios(ranged) <= scenarios(list) {
		t.Errorf("%d scenarios between the ends, %d at them", scenarios(ranged), scenarios(list))
	}
	if Shards(ranged) <= Shards(list) || Deadline(ranged) <= Deadline(list) {
		t.Errorf("%d ConfigMaps and %v, %d and %v", Shards(ranged), Deadline(ranged), Shards(list), Deadline(list))
	}
}
