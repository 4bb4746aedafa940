package result

import "testing"

func TestMachineText(t *testing.T) {
	whole := &Machine{OS: "linux", Arch: "amd64", Kernel: "6.1.0", CPUs: 2, Memory: 7_812_345_678, Go: "go1.26.8"}
	for want, m := range map[string]*Machine{
		"linux/amd64, kernel 6.1.0, 2 CPUs, 7.8 GB of memory, go1.26.8": whole,
		"linux/arm64, 1 CPU, go1.26.8":                                  {OS: "linux", Arch: "arm64", CPUs: 1, Go: "go1.26.8"},
		"":                                                              nil,
	} {
		if got := m.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	line, err := EncodeHeader(Header{Format: Format, Machine: whole})
	if err != nil {
		t.Fatal(err)
	}
	run, err := DecodeJournal(line)
	if err != nil || *run.Header.Machine != *whole {
		t.Errorf("from a journal: %v, %v", run, err)
	}
}
