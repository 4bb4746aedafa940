package search

// Checks is how many of the measurements only check the others.
func (c Cost) Checks() int { return c.Audit + c.Confirmation + c.Control + c.Sentinel }
