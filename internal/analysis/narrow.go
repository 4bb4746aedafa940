package analysis

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Narrowed says what is left of the answer once so many replicas are measured: "400 users need 3 or
// 4 replicas if it passes, more than 4 if not". It is empty where that cannot change the answer.
func (d Demand) Narrowed(replicas int) string {
	if replicas < d.Low || d.Replicas > 0 && replicas >= d.Replicas {
		return ""
	}
	passes, fails := fromTo(d.Low, replicas), fmt.Sprintf("more than %d", replicas)
	if d.Replicas > 0 {
		fails = fromTo(replicas+1, d.Replicas)
	}
	return fmt.Sprintf("%s need %s %s if it passes, %s if not", matrix.Count(d.Users, "user"), passes, noun(replicas, "replica"), fails)
}

// Narrowed says what is left of the answer once so many users are measured: "with 1 replica 362 to
// 699 users pass if it passes, 187 to 361 if not". It is empty where that cannot change the answer.
func (c Capacity) Narrowed(users int) string {
	if users <= c.Users || c.Over != nil && users >= c.Over.Users {
		return ""
	}
	passes, fails := fmt.Sprintf("%d or more", users), fmt.Sprintf("fewer than %d", users)
	if c.Over != nil {
		passes = fromTo(users, c.Over.Users-1)
	}
	if c.Users > 0 {
		fails = fromTo(c.Users, users-1)
	}
	return fmt.Sprintf("with %s %s users pass if it passes, %s if not", matrix.Count(c.Replicas, "replica"), passes, fails)
}

func fromTo(low, high int) string {
	switch {
	case low == high:
		return fmt.Sprint(low)
	case low == high-1:
		return fmt.Sprintf("%d or %d", low, high)
	}
	return fmt.Sprintf("%d to %d", low, high)
}

func noun(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
