package result

import (
	"bytes"
	"math"
	"strconv"
)

// Most of a journal's text are columns and shares, which the general decoder takes several times
// as long for. These read them as Encode writes them; false is for anything else, which may be
// JSON all the same.

// quickColumn reads an array of numbers and nulls.
func quickColumn(data []byte) (Column, bool) {
	inner, ok := within(data, '[', ']')
	if !ok {
		return nil, false
	}
	c := make(Column, 0, 1+bytes.Count(inner, []byte{','}))
	for cell := range bytes.SplitSeq(inner, []byte{','}) {
		if string(cell) == "null" {
			c = append(c, math.NaN())
			continue
		}
		v, ok := number(cell)
		if !ok {
			return nil, false
		}
		c = append(c, v)
	}
	return c, true
}

// quickShares reads an array of shares.
func quickShares(data []byte) ([]ReplicaShare, bool) {
	inner, ok := within(data, '[', ']')
	if !ok {
		return nil, false
	}
	out := make([]ReplicaShare, 0, 1+bytes.Count(inner, []byte("},{")))
	connections := make([]int64, cap(out))
	for {
		object, rest, more := bytes.Cut(inner, []byte("},{"))
		object = bytes.TrimSuffix(bytes.TrimPrefix(object, []byte{'{'}), []byte{'}'})
		share, ok := quickShare(object, &connections[len(out)])
		if !ok {
			return nil, false
		}
		if out = append(out, share); !more {
			return out, true
		}
		inner = rest
	}
}

// quickShare reads one, and its connections to where there is room for them.
func quickShare(members []byte, room *int64) (s ReplicaShare, ok bool) {
	members, ok = bytes.CutPrefix(members, []byte(`"id":"`))
	id, members, whole := bytes.Cut(members, []byte(`","amount":`))
	amount, members, both := bytes.Cut(members, []byte(`,"share":`))
	share, counted, some := bytes.Cut(members, []byte(`,"connections":`))
	if !ok || !whole || !both || !plain(id) {
		return s, false
	}
	s.ID = string(id)
	if s.Amount, ok = number(amount); !ok {
		return s, false
	}
	if s.Share, ok = number(share); !ok || !some {
		return s, ok
	}
	n, err := strconv.ParseInt(string(counted), 10, 64)
	*room, s.Connections = n, room
	return s, err == nil
}

// within cuts off a pair of brackets, around something.
func within(data []byte, open, end byte) ([]byte, bool) {
	if n := len(data); n > 2 && data[0] == open && data[n-1] == end {
		return data[1 : n-1], true
	}
	return nil, false
}

// plain tells of a text that means itself in JSON.
func plain(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// number reads what JSON takes for one; not all that ParseFloat does, such as Inf, 0x1 or 1_0.
func number(text []byte) (float64, bool) {
	for i, c := range text {
		if (c < '0' || c > '9') && (i == 0 || c != '.' && c != 'e' && c != '+') && c != '-' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(string(text), 64)
	return v, err == nil
}
