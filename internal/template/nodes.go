package template

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"
)

// node is one piece of a template.
type node interface {
	append(dst []byte, ctx *Context) []byte
	// size is an upper bound of the appended length.
	size() int64
	resolve(lookup Lookup) (node, error)
}

// literal is text that is copied.
type literal string

func (n literal) append(dst []byte, _ *Context) []byte { return append(dst, n...) }
func (n literal) size() int64                          { return int64(len(n)) }

// seqNode is {{seq}}.
type seqNode struct{}

func (seqNode) append(dst []byte, ctx *Context) []byte {
	return strconv.AppendInt(dst, ctx.Sequence.Next(), 10)
}
func (seqNode) size() int64 { return 20 }

// uuidNode is {{uuid}}: a version 4 UUID from the context's random source.
type uuidNode struct{}

func (uuidNode) append(dst []byte, ctx *Context) []byte {
	hi, lo := ctx.Rand.Uint64(), ctx.Rand.Uint64()
	hi = hi&^0xf000 | 0x4000       // version 4
	lo = lo&^(0b11<<62) | 0b10<<62 // RFC 9562 variant
	raw := [16]byte{}
	for i := range 8 {
		raw[i], raw[8+i] = byte(hi>>(56-8*i)), byte(lo>>(56-8*i))
	}
	for i, part := range [...][]byte{raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}
func (uuidNode) size() int64 { return 36 }

// intNode is {{int lo hi}}: uniform in lo..hi, both included.
type intNode struct {
	lo   int64
	span uint64 // hi - lo
}

func (n intNode) append(dst []byte, ctx *Context) []byte {
	return strconv.AppendInt(dst, n.pick(ctx), 10)
}

func (n intNode) pick(ctx *Context) int64 {
	if n.span == math.MaxUint64 {
		return int64(ctx.Rand.Uint64())
	}
	return n.lo + int64(ctx.Rand.Uint64N(n.span+1))
}
func (intNode) size() int64 { return 20 }

// fixedNode is {{float lo hi}} in steps of a millionth: an integer and a point
// cost a tenth of the shortest decimal form, which matters in a payload of hundreds.
type fixedNode struct{ micros intNode }

const perUnit = 1_000_000

func (n fixedNode) append(dst []byte, ctx *Context) []byte {
	v := n.micros.pick(ctx)
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	dst = strconv.AppendInt(dst, v/perUnit, 10)
	dst = append(dst, ".000000"...)
	for i, frac := len(dst)-1, v%perUnit; frac > 0; i, frac = i-1, frac/10 {
		dst[i] = byte('0' + frac%10)
	}
	return dst
}
func (fixedNode) size() int64 { return 21 }

// floatNode is {{float lo hi}} for ranges that fixedNode cannot do well.
type floatNode struct{ lo, hi float64 }

func (n floatNode) append(dst []byte, ctx *Context) []byte {
	// lo*(1-f) + hi*f cannot overflow where hi-lo would.
	f := ctx.Rand.Float64()
	v := min(max(n.lo*(1-f)+n.hi*f, n.lo), n.hi)
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}
func (floatNode) size() int64 { return 25 }

// The kinds of nowNode that are not a Go layout.
const (
	formatRFC3339 = "rfc3339"
	formatUnix    = "unix"
	formatUnixMS  = "unixms"
)

// nowNode is {{now "layout"}}, in UTC.
type nowNode struct {
	layout string
	json   bool
}

func (n nowNode) append(dst []byte, ctx *Context) []byte {
	t := ctx.Now.Add(-ctx.back).UTC()
	start := len(dst)
	dst = t.AppendFormat(dst, n.layout)
	if n.json && needsEscape(dst[start:]) {
		dst = appendEscaped(dst[:start], string(dst[start:]))
	}
	return dst
}
func (n nowNode) size() int64 { return 6 * int64(len(n.layout)+32) }

// epochNode is {{now "unix"}} and {{now "unixms"}}.
type epochNode struct{ per time.Duration }

func (n epochNode) append(dst []byte, ctx *Context) []byte {
	t := ctx.Now.Add(-ctx.back)
	if n.per == time.Second {
		return strconv.AppendInt(dst, t.Unix(), 10)
	}
	return strconv.AppendInt(dst, t.UnixMilli(), 10)
}
func (epochNode) size() int64 { return 20 }

// envNode is {{env "NAME"}} until it is resolved; unresolved it writes nothing.
type envNode struct {
	name string
	json bool
}

func (envNode) append(dst []byte, _ *Context) []byte { return dst }
func (envNode) size() int64                          { return 0 }

func (n envNode) resolve(lookup Lookup) (node, error) {
	value, err := lookup(n.name)
	if err != nil {
		return nil, err
	}
	if n.json {
		value = string(appendEscaped(nil, value))
	}
	return literal(value), nil
}

// repeatNode is {{repeat n "…"}}: n elements with commas between them, and
// brackets around them where a JSON document wants a list.
type repeatNode struct {
	n     int
	list  bool
	inner *Template
}

func (r repeatNode) append(dst []byte, ctx *Context) []byte {
	outer := ctx.back
	if r.list {
		dst = append(dst, '[')
	}
	for i := range r.n {
		if i > 0 {
			dst = append(dst, ',')
		}
		ctx.back = outer + time.Duration(r.n-1-i)*time.Second
		dst = r.inner.Append(dst, ctx)
	}
	ctx.back = outer
	if r.list {
		dst = append(dst, ']')
	}
	return dst
}

func (r repeatNode) size() int64 {
	// The inner size is at most MaxSize (checked when it was made), so this cannot overflow.
	return 2 + int64(r.n)*(r.inner.size()+1)
}

func (r repeatNode) resolve(lookup Lookup) (node, error) {
	inner, err := r.inner.Resolve(lookup)
	r.inner = inner
	return r, err
}

func (n literal) resolve(Lookup) (node, error)   { return n, nil }
func (n seqNode) resolve(Lookup) (node, error)   { return n, nil }
func (n uuidNode) resolve(Lookup) (node, error)  { return n, nil }
func (n intNode) resolve(Lookup) (node, error)   { return n, nil }
func (n fixedNode) resolve(Lookup) (node, error) { return n, nil }
func (n floatNode) resolve(Lookup) (node, error) { return n, nil }
func (n nowNode) resolve(Lookup) (node, error)   { return n, nil }
func (n epochNode) resolve(Lookup) (node, error) { return n, nil }
