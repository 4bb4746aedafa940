package experiment

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func flag(name string, field Field, value string) Setting {
	return Setting{Field: field, Origin: "--" + name, Value: value}
}

func variable(name string, field Field, value string) Setting {
	return Setting{Field: field, Origin: name, Value: value, BareSeconds: true}
}

func TestRecordKeepsWhatIsTheExperiments(t *testing.T) {
	record := NewRecord([]Setting{
		variable("NAMESPACE", FieldNamespace, "load"), variable("TEST_DURATION", FieldDuration, "30"),
		variable("LOCUST_MASTER_URL", FieldMasterURL, "http://me:hush@master:8089"), flag("master-url", FieldMasterURL, "http://master:8089"),
		flag("users", FieldUsers, "10,20"), flag("slo", FieldSLO, "p95<200ms\nfailures<1%"),
		flag("namespace", FieldNamespace, "load"),
		{Field: FieldContextNamespace, Origin: "the kubeconfig's context", Value: "x"},
	})
	const want = `[{"from":"TEST_DURATION","sets":"spec.measure.duration","value":"30"},` +
		`{"from":"--master-url","sets":"spec.load.masterURL","value":"http://master:8089"},` +
		`{"from":"--users","sets":"spec.matrix.users","value":"10,20"},` +
		`{"from":"--slo","sets":"spec.slo","value":"p95<200ms\nfailures<1%"}]`
	if got := record.Encode(); got != want {
		t.Errorf("encoded as\n%s, want\n%s", got, want)
	}
	again, err := DecodeRecord(want)
	if diff := cmp.Diff(record, again); err != nil || diff != "" {
		t.Errorf("decoded otherwise: %v (-want +got):\n%s", err, diff)
	}
	if got, want := record.Command(), "TEST_DURATION=30 deploy --master-url http://master:8089 --users 10,20 --slo 'p95<200ms' --slo 'failures<1%'"; got != want {
		t.Errorf("the command is %s, want %s", got, want)
	}
	if got := Record(nil).Encode(); got != "[]" {
		t.Errorf("nothing is %s", got)
	}
}

func TestDecodeRecordRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":      "is no list of settings",
		"{}":    "is no list of settings",
		"[] []": "goes on after its list",
		`["x"]`: "is no list of settings",
		`[{"from":"--x","sets":"spec.matrix.users","value":"1","unit":"k"}]`:              `unknown field "unit"`,
		`[{"from":"--rates","sets":"spec.matrix.rates","value":"1"}]`:                     `sets "spec.matrix.rates", which is not known here`,
		`[{"from":"--namespace","sets":"metadata.namespace","value":"x"}]`:                `sets "metadata.namespace", which is not known here`,
		`[{"from":"me","sets":"spec.matrix.users","value":"1"}]`:                          `has "me", which is neither an option nor a variable`,
		`[{"from":"--load","sets":"spec.load.file","value":"a\nswarmgrid: all is well"}]`: `has the value "a\nswarmgrid: all is well"`,
		`[{"from":"--slo","sets":"spec.slo","value":"p95<1s\u001b[2J"}]`:                  `has the value "p95<1s\x1b[2J"`,
		`[{"from":"--a b","sets":"spec.matrix.users","value":"1"}]`:                       `has "--a b", which is neither`,
	} {
		if got, err := DecodeRecord(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v and error %v, want %q", text, got, err, want)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add("[]")
	f.Add(`[{"from":"USER_COUNTS","sets":"spec.matrix.users","value":"10"},{"from":"--slo","sets":"spec.slo","value":"p95<1s\n'"}]`)
	f.Add(`[{"from":"--load","sets":"spec.load.file","value":"../x"}] `)
	f.Fuzz(func(t *testing.T, text string) {
		record, err := DecodeRecord(text)
		if err != nil {
			return
		}
		again, err := DecodeRecord(record.Encode())
		if diff := cmp.Diff(record, again); err != nil || len(record) > 0 && diff != "" {
			t.Errorf("%q is not the same again: %v\n%s", text, err, diff)
		}
	})
}
