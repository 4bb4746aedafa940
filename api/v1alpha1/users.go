package v1alpha1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Users are the numbers of users of a matrix: a list, or a range that is searched. In a file
// either stands under the same name.
type Users struct {
	List []int
	// Range takes the place of List.
	Range *UserRange
}

// UserRange asks for the most users between two numbers that so many replicas are enough for.
type UserRange struct {
	From int `json:"from"`
	To   int `json:"to"`
	// Within is how near the most that pass and the fewest that do not must be, as "5%".
	Within Bound `json:"within,omitempty"`
}

// UserList are users by a list.
func UserList(users ...int) Users { return Users{List: users} }

// IsZero tells that neither is given.
func (u Users) IsZero() bool { return u.List == nil && u.Range == nil }

// Ends are the list, or the first and the last of the range.
func (u Users) Ends() []int {
	if u.Range == nil {
		return u.List
	}
	return []int{u.Range.From, u.Range.To}
}

// String is what a file may have: "[50, 100]", "{from: 50, to: 2000, within: 5%}".
func (u Users) String() string {
	if r := u.Range; r != nil {
		return fmt.Sprintf("{from: %d, to: %d, within: %s}", r.From, r.To, r.Within)
	}
	return strings.ReplaceAll(fmt.Sprint(u.List), " ", ", ")
}

// MarshalJSON writes a list or an object.
func (u Users) MarshalJSON() ([]byte, error) {
	if u.Range != nil {
		return json.Marshal(u.Range)
	}
	return json.Marshal(u.List)
}

// UnmarshalJSON reads either.
func (u *Users) UnmarshalJSON(b []byte) error {
	*u = Users{}
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte{'{'}) {
		return json.Unmarshal(b, &u.Range)
	}
	return json.Unmarshal(b, &u.List)
}
