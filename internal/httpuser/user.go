package httpuser

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/baseurl"
	"github.com/swarmgrid/swarmgrid/internal/template"
)

// Sample is one completed request, redirects included.
type Sample struct {
	// Endpoint is an index into Program.Endpoints.
	Endpoint int
	// End is when the body had been read; its monotonic reading orders it with other times of this process.
	End time.Time
	// Duration runs from just before the request is sent (or its connection
	// opened) until the body is read to its end.
	Duration time.Duration
	// Bytes is the decoded length of the body.
	Bytes int64
	// Failure says why the request failed, without varying parts; empty for a success.
	Failure string
	// Unsent says that the generator could not send the request, for the reason in
	// Failure: the target is not to blame.
	Unsent bool
	// Retries is how often the request was sent again because a kept connection turned out to
	// be stale. The target may have seen it that many more times.
	Retries int
	// Redirected says that the request counts as a success whatever page a redirect led to:
	// the task does not say which status is right.
	Redirected bool
}

// Recorder is told of the requests of many users at once. It must be quick: users
// wait for it. user is the number given to NewUser, so that a recorder can
// spread users over its locks; a user has at most one request at a time.
type Recorder interface {
	// Begin notes that a request is under way, since when.
	Begin(user, endpoint int, since time.Time)
	// Record takes what became of the user's request.
	Record(user int, s Sample)
	// Abandon forgets the user's request, because it was cut off.
	Abandon(user int)
}

// Test is a program bound to a host: what one load test's users share.
type Test struct {
	program  *Program
	base     *url.URL
	prefix   string
	fixed    map[*class][]call // what each task's calls have in common
	recorder Recorder
	sequence *template.Sequence
	seed     uint64
}

// Bind points the program at a base URL. Requests go to recorder; sequence feeds
// seq templates; seed and a user's number make the user's choices repeatable.
func (p *Program) Bind(host string, recorder Recorder, sequence *template.Sequence, seed uint64) (*Test, error) {
	base, err := baseurl.Parse(host)
	if err != nil {
		return nil, fmt.Errorf("the host to send to %w", err)
	}
	prefix := strings.TrimRight(base.EscapedPath(), "/")
	t := &Test{program: p, base: base, prefix: prefix, fixed: map[*class][]call{}, recorder: recorder, sequence: sequence, seed: seed}
	for _, class := range p.classes {
		for _, task := range class.tasks {
			t.fixed[class] = append(t.fixed[class], t.fixedCall(task))
		}
	}
	return t, nil
}

// User is one virtual user. It is not safe for concurrent use.
type User struct {
	test   *Test
	number int
	class  *class
	fixed  []call
	rand   *rand.Rand
	ctx    template.Context
	sender sender
	timer  *time.Timer
	buf    []byte
	voice  *voice
}

// NewUser makes the user with this number, unique in the test. It opens no
// connection yet. A class that the program lacks is an error.
func (t *Test) NewUser(className string, number int) (*User, error) {
	class := t.program.class(className)
	if class == nil {
		return nil, fmt.Errorf("user class %q is not in the swarmfile, which has %s", className, strings.Join(t.program.Classes(), ", "))
	}
	r, v, s := newRand(t.seed, number), &voice{to: t.recorder, user: number}, newNetSender(t.base)
	s.lookUp = v.lookUp
	return &User{
		test: t, number: number, class: class, fixed: t.fixed[class], rand: r,
		ctx:    template.Context{Rand: r, Sequence: t.sequence},
		sender: s, voice: v,
	}, nil
}

// newRand seeds a user's own source. The seeds are mixed (SplitMix64's
// finisher), because users and workers are numbered in a row.
func newRand(seed uint64, user int) *rand.Rand {
	return rand.New(rand.NewPCG(mix(seed), mix(uint64(user))))
}

func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// fixedCall prepares what does not change from request to request.
func (t *Test) fixedCall(task *task) call {
	c := call{method: task.method}
	if s, ok := task.target.Static(); ok {
		c.target = escapeTarget(t.prefix + s)
	}
	if task.body != nil {
		if s, ok := task.body.Static(); ok {
			c.body = []byte(s)
		}
	}
	if header, host, ok := task.headers.fixed(); ok {
		c.header, c.host = header, host
		t.authorize(c.header)
	}
	return c
}

// authorize applies credentials of the base URL, unless the task has its own.
func (t *Test) authorize(h http.Header) {
	if t.base.User == nil || h["Authorization"] != nil {
		return
	}
	password, _ := t.base.User.Password()
	r := http.Request{Header: h}
	r.SetBasicAuth(t.base.User.Username(), password)
}

// vainPause is the least time between a request that got no connection and the user's next.
// A target that is gone refuses in microseconds: without a pause, users without think time
// would use up the generator's processors on that alone, and it would be starved when the
// target comes back. It is short compared to a restart, and far longer than a refusal takes.
const vainPause = 100 * time.Millisecond

// Run performs tasks, with waits between them, until ctx ends, which cuts the present
// request off unrecorded, or until finish is closed, which lets it end first. The connection
// stays open for another Run; Close closes it.
func (u *User) Run(ctx context.Context, finish <-chan struct{}) {
	ctx = u.sender.watched(ctx)
	for ctx.Err() == nil && !closed(finish) {
		least := time.Duration(0)
		if u.step(ctx) {
			least = vainPause
		}
		u.pause(ctx, finish, least)
	}
}

// Silence keeps the user from recording anything more: the load has ended without it. It may
// be called from any goroutine.
func (u *User) Silence() { u.voice.silence() }

// Close closes the user's connection.
func (u *User) Close() { u.sender.close() }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Step performs one task and records it.
func (u *User) Step(ctx context.Context) { u.step(u.sender.watched(ctx)) }

// step tells whether the request was in vain: nothing was sent because there was no connection.
func (u *User) step(ctx context.Context) (vain bool) {
	i := u.class.pick.pick(u.rand)
	task := u.class.tasks[i]
	c := u.prepare(task, u.fixed[i])

	limited, cancel := context.WithTimeout(ctx, task.timeout)
	start := time.Now()
	u.voice.begin(task.endpoint, start)
	out, err := u.sender.send(limited, &c)
	end := time.Now()
	late := limited.Err() != nil
	cancel()

	if err != nil && ctx.Err() != nil {
		u.voice.abandon()
		return false
	}
	failure, unsent := task.judge(out, err, late)
	u.voice.record(Sample{
		Endpoint: task.endpoint,
		End:      end,
		Duration: end.Sub(start),
		Bytes:    out.bytes,
		Failure:  failure,
		Unsent:   unsent,
		Retries:  out.retries,

		Redirected: failure == "" && task.unsure(out),
	})
	return err != nil && !out.reached
}

// prepare fills in the parts of a call that differ each time.
func (u *User) prepare(task *task, c call) call {
	u.ctx.Now = time.Now()
	if c.target == "" {
		u.buf = task.target.Append(append(u.buf[:0], u.test.prefix...), &u.ctx)
		c.target = escapeTarget(string(u.buf))
	}
	if c.header == nil {
		c.header, c.host = task.headers.render(&u.ctx, u.buf)
		u.test.authorize(c.header)
	}
	if task.body != nil && c.body == nil {
		c.body, c.scratch = task.body.Append(u.sender.buffer(), &u.ctx), true
	}
	return c
}

// pause waits for the class's think time, and at least for least.
func (u *User) pause(ctx context.Context, finish <-chan struct{}, least time.Duration) {
	d := max(u.class.wait.draw(u.rand), least)
	if d <= 0 {
		return
	}
	if u.timer == nil {
		u.timer = time.NewTimer(d)
	} else {
		u.timer.Reset(d)
	}
	select {
	case <-u.timer.C:
	case <-ctx.Done():
		u.timer.Stop()
	case <-finish:
		u.timer.Stop()
	}
}
