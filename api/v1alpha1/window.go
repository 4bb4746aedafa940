package v1alpha1

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// WindowAuto is the Window that ends when the SLO is decided.
const WindowAuto = "auto"

// Window is how long a window is: a Duration, or Auto. It is written as "120s" or "auto".
type Window struct {
	metav1.Duration
	// Auto windows end when the SLO is decided, at Measure.Max at the latest; Duration is 0 then.
	Auto bool
}

// String is the window as it is written.
func (w Window) String() string {
	if w.Auto {
		return WindowAuto
	}
	return w.Duration.Duration.String()
}

// MarshalJSON writes a string.
func (w Window) MarshalJSON() ([]byte, error) { return json.Marshal(w.String()) }

// UnmarshalJSON reads one.
func (w *Window) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err == nil && text == WindowAuto {
		*w = Window{Auto: true}
		return nil
	}
	w.Auto = false
	return w.Duration.UnmarshalJSON(b)
}
