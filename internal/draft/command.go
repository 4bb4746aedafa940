package draft

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Command is a command line taken apart.
type Command struct {
	Args []string
	// Env is what stood before the program, as NAME=value.
	Env map[string]string
}

// port stands for the port of a replica.
const port = "{{port}}"

var assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)

// ParseCommand takes a command line apart as a shell does, without expanding anything.
func ParseCommand(line string) (Command, error) {
	if !utf8.ValidString(line) {
		return Command{}, errors.New("is not UTF-8")
	}
	words, err := split(line)
	if err != nil {
		return Command{}, err
	}
	c := Command{Env: map[string]string{}}
	for len(words) > 0 {
		m := assignment.FindStringSubmatch(words[0])
		if m == nil {
			break
		}
		c.Env[m[1]], words = m[2], words[1:]
	}
	if len(words) == 0 || strings.TrimSpace(words[0]) == "" {
		return c, errors.New("names no program; give one and its arguments, as in 'uvicorn app:app --port {{port}}'")
	}
	c.Args = words
	if !strings.Contains(line, port) {
		return c, fmt.Errorf("%s has no %s: every replica listens on a port of its own, so put %s where the port goes, as in '%s --port %s' or 'PORT=%s %s'",
			c.Args[0], port, port, line, port, port, line)
	}
	return c, nil
}

// Program is the name of the program, without its folder.
func (c Command) Program() string { return filepath.Base(c.Args[0]) }

// splitter cuts a line into words at white space, outside of quotes.
type splitter struct {
	words   []string
	word    strings.Builder
	inWord  bool
	quote   rune // 0 outside of quotes
	escaped bool
}

func split(line string) ([]string, error) {
	var s splitter
	for _, r := range line {
		if err := s.next(r); err != nil {
			return nil, err
		}
	}
	if s.quote != 0 || s.escaped {
		return nil, errors.New("ends within quotes")
	}
	s.end()
	return s.words, nil
}

func (s *splitter) next(r rune) error {
	switch {
	case s.escaped:
		s.escaped = false
		s.add(r)
	case r == '\\' && s.quote != '\'':
		s.escaped, s.inWord = true, true
	case s.quote != 0 && r == s.quote:
		s.quote = 0
	case s.quote != 0:
		s.add(r)
	case r == '\'' || r == '"':
		s.quote, s.inWord = r, true
	case strings.ContainsRune(" \t\r\n", r):
		s.end()
	case strings.ContainsRune("|&;<>`$", r):
		return fmt.Errorf("has a %q, which only a shell understands; write sh -c '…'", r)
	default:
		s.add(r)
	}
	return nil
}

func (s *splitter) add(r rune) {
	s.word.WriteRune(r)
	s.inWord = true
}

func (s *splitter) end() {
	if s.inWord {
		s.words = append(s.words, s.word.String())
	}
	s.word.Reset()
	s.inWord = false
}
