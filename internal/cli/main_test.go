package cli

import (
	"errors"
	"fmt"
	"testing"
)

// TestUnlessSilent checks that an exit code joined to an error does not hide it.
func TestUnlessSilent(t *testing.T) {
	trouble := errors.New("writing results: disk full")
	for _, tt := range []struct {
		err  error
		want string
	}{
		{nil, "<nil>"},
		{silentError{3}, "<nil>"},
		{errors.Join(silentError{3}, nil), "<nil>"},
		{errors.Join(silentError{3}, trouble), trouble.Error()},
		{errors.Join(nil, errors.Join(trouble, silentError{1})), trouble.Error()},
		{trouble, trouble.Error()},
	} {
		if got := fmt.Sprint(unlessSilent(tt.err)); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.err, got, tt.want)
		}
	}
}
