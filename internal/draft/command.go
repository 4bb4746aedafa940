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
	// Env are the variables before the program, as NAME=value.
	Env map[string]string
}

// port is the placeholder for a replica's port.
const port = "{{port}}"

var assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)

// ParseCommand splits a command line as a shell does, without expanding anything.
func ParseCommand(line string) (Command, error) {
	if !utf8.ValidString(line) {
		return Command{}, errors.New("is not UTF-8")
	}
	if strings.ContainsRune(line, 0) {
		return Command{}, errors.New("has a zero byte, which no command can have")
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
		return c, fmt.Errorf("%s has no %s: every replica listens on a port of its own, so put %s where the port goes, as in %s",
			c.Args[0], port, port, withPort(line))
	}
	return c, nil
}

// fixedPort is a port in a command line, after an option or variable that says so.
var fixedPort = regexp.MustCompile(`(?i)((?:^|\s)(?:(?:[a-z0-9_]*_)?port=|--?(?:[a-z0-9-]*-)?port[= ]|-p[= ]?|\S*:))[0-9]{1,5}\b`)

// withPort is a command line with the placeholder where its port goes: in place of the one
// that it has, or else in two common ways.
func withPort(line string) string {
	if len(fixedPort.FindAllString(line, 2)) == 1 {
		return "'" + fixedPort.ReplaceAllString(line, "${1}"+port) + "'"
	}
	return fmt.Sprintf("'%s --port %s' or 'PORT=%s %s'", line, port, port, line)
}

// interpreter is a program that runs the script, or with -m the module, that follows it.
var interpreter = regexp.MustCompile(`^(python[0-9.]*|node|ruby|perl|php|bash|sh|deno|bun)$`)

// Program is the name of the program without its folder; for an interpreter, the script's.
func (c Command) Program() string {
	name, args := filepath.Base(c.Args[0]), c.Args[1:]
	if !interpreter.MatchString(name) {
		return name
	}
	if len(args) > 1 && args[0] == "-m" {
		return args[1]
	}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") && !strings.Contains(args[0], port) {
		script := filepath.Base(args[0])
		return strings.TrimSuffix(script, filepath.Ext(script))
	}
	return name
}

// splitter cuts a line into words at white space outside quotes.
type splitter struct {
	words   []string
	word    strings.Builder
	inWord  bool
	quote   rune // 0 outside quotes
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
