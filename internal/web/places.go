package web

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

// place is where a run is: a folder in a root, or the root itself. A request names it by its
// id, which is only ever compared with those of the places found: no path is made of it.
type place struct {
	id   string
	root string
	// name is the folder's in the root; "." for the root itself.
	name string
	// changed is when the journal was last written.
	changed time.Time
}

// Dir is the run's directory as `swarmgrid report` takes it.
func (p place) dir() string { return filepath.Join(p.root, p.name) }

// maxRuns is how many runs are listed.
const maxRuns = 2000

// find lists the runs of the roots, those written last first, and says what cannot be listed.
func find(roots []string) (places []place, problems []string) {
	for i, root := range roots {
		found, err := under(root)
		if err != nil {
			problems = append(problems, fmt.Sprintf("reading %s: %v", root, err))
		}
		for _, p := range found {
			p.id = idOf(p, i, len(roots))
			places = append(places, p)
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return b.changed.Compare(a.changed) })
	if more := len(places) - maxRuns; more > 0 {
		problems = append(problems, fmt.Sprintf("the %d runs that were written last are listed, %d older ones are not: name their folders", maxRuns, more))
		places = places[:maxRuns]
	}
	return places, problems
}

// under lists the runs of one root. A link is not followed: it may lead anywhere.
func under(root string) ([]place, error) {
	at, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer func() { _ = at.Close() }()
	if info, err := at.Lstat(rundir.JournalName); err == nil {
		return []place{{root: root, name: ".", changed: info.ModTime()}}, nil
	}
	entries, err := fs.ReadDir(at.FS(), ".")
	var found []place
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if info, err := at.Lstat(filepath.Join(e.Name(), rundir.JournalName)); err == nil {
			found = append(found, place{root: root, name: e.Name(), changed: info.ModTime()})
		}
	}
	return found, err
}

// plain are the names that are ids as they are.
var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// idOf is the folder's name where that can stand in an address, with the root's position if
// there are several. The same folder has the same id as long as the same roots are named.
func idOf(p place, root, roots int) string {
	id := p.name
	if p.name == "." {
		id = filepath.Base(p.root)
		if abs, err := filepath.Abs(p.root); err == nil {
			id = filepath.Base(abs)
		}
	}
	if !plain.MatchString(id) {
		id = fmt.Sprintf("run-%x", sha256.Sum256([]byte(id)))[:20]
	}
	if roots > 1 {
		id = strconv.Itoa(root+1) + "." + id
	}
	return id
}

// stamp tells whether a run's files are those that were read before.
type stamp struct {
	journal, experiment       int64
	journalTime, experimentAt time.Time
}

// content is what a page is made from.
type content struct {
	stamp      stamp
	journal    []byte
	experiment string
}

// maxJournal is how large a journal may be to be read.
const maxJournal = 512 << 20

// open opens the run's directory, from which no link leads out.
func (p place) open() (*os.Root, error) {
	at, err := os.OpenRoot(p.root)
	if err != nil || p.name == "." {
		return at, err
	}
	defer func() { _ = at.Close() }()
	return at.OpenRoot(p.name)
}

// look reads the stamp.
func (p place) look() (stamp, error) {
	at, err := p.open()
	if err != nil {
		return stamp{}, p.unread(err)
	}
	defer func() { _ = at.Close() }()
	s, err := stampOf(at)
	if err != nil {
		return stamp{}, p.unread(err)
	}
	return s, nil
}

// unread names the journal in an error.
func (p place) unread(err error) error {
	return fmt.Errorf("reading %s: %w", filepath.Join(p.dir(), rundir.JournalName), err)
}

// errLink is in place of what the system says of such a link.
var errLink = errors.New("is a link that leads nowhere or out of the run's folder, where none is followed; name the folder that has the file itself: swarmgrid view DIR")

func stampOf(at *os.Root) (stamp, error) {
	j, err := at.Stat(rundir.JournalName)
	if err != nil {
		if link, linkErr := at.Lstat(rundir.JournalName); linkErr == nil && link.Mode()&fs.ModeSymlink != 0 {
			err = errLink
		}
		return stamp{}, err
	}
	s := stamp{journal: j.Size(), journalTime: j.ModTime()}
	if e, err := at.Stat(rundir.ExperimentName); err == nil {
		s.experiment, s.experimentAt = e.Size(), e.ModTime()
	}
	return s, nil
}

// read reads the files. The stamp is from before: what is written meanwhile changes it. It is
// there with an error, too, once it is known.
func (p place) read() (content, error) {
	at, err := p.open()
	if err != nil {
		return content{}, p.unread(err)
	}
	defer func() { _ = at.Close() }()
	s, err := stampOf(at)
	if err != nil {
		return content{}, p.unread(err)
	}
	journal, err := rundir.ReadRegular(at, rundir.JournalName, maxJournal)
	if errors.Is(err, rundir.ErrTooLarge) {
		err = fmt.Errorf("has more than %d MiB, which is too much for a page; swarmgrid report reads it", maxJournal>>20)
	}
	if err != nil {
		return content{stamp: s}, p.unread(err)
	}
	return content{s, journal, rundir.ExperimentOf(at)}, nil
}
