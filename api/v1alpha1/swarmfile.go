package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Swarmfile is declarative user behaviour for the Go workers, as a locustfile
// is for Python's.
type Swarmfile struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec SwarmfileSpec `json:"spec"`
}

// SwarmfileSpec is the body of a Swarmfile.
type SwarmfileSpec struct {
	Users []UserClass `json:"users"`
}

// UserClass is one kind of virtual user. Users are spread over the classes by Weight:
// 1 when it is left out, and with 0 the class gets none.
type UserClass struct {
	Name   string   `json:"name"`
	Weight *float64 `json:"weight,omitempty"`
	// Wait is the think time after each task; none when left out.
	Wait  Wait   `json:"wait,omitempty"`
	Tasks []Task `json:"tasks"`
}

// Wait is a think time: exactly one of Constant and Between.
type Wait struct {
	Constant *metav1.Duration  `json:"constant,omitempty"`
	Between  []metav1.Duration `json:"between,omitempty"`
}

// Task is one request that a user makes, chosen at random by Weight: 1 when it is
// left out, and with 0 the task is never chosen. Name is what statistics are kept under.
type Task struct {
	Name    string   `json:"name"`
	Weight  *float64 `json:"weight,omitempty"`
	Request Request  `json:"request"`
	Expect  Expect   `json:"expect,omitempty"`
}

// Request is an HTTP request. Path, header values and every string in JSON or
// Body may hold templates in double braces.
type Request struct {
	Method  string            `json:"method,omitempty"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers,omitempty"`
	// JSON is a document sent as application/json; Body is sent as it is.
	JSON *runtime.RawExtension `json:"json,omitempty"`
	Body string                `json:"body,omitempty"`
	// Timeout bounds one request until its body is read; default 60 s.
	Timeout *metav1.Duration `json:"timeout,omitempty"`
}

// Expect is what makes a response a success: one of Status, or any status below 400
// when it is left out.
type Expect struct {
	Status Statuses `json:"status,omitempty"`
}

// Statuses are HTTP statuses; in a file a single one needs no list.
type Statuses []int
